/** Texts to token numbers and back: one interface over every kind of tokenizer file. */
import { Tokenizer as Engine } from "@huggingface/tokenizers";
import { RelizoError } from "../../../src/index.ts";
import { need, show } from "../check.ts";

/** Token numbers with a meaning of their own; undefined where the vocabulary has none. */
export interface SpecialIds {
  /** Fills up short sequences; masked out wherever it stands. */
  readonly pad: number | undefined;
  /** Begins a text: [CLS], <s>, <|endoftext|>. */
  readonly bos: number | undefined;
  /** Ends a text: [SEP], </s>, <|endoftext|>. */
  readonly eos: number | undefined;
  /** Stands for a word to be guessed: [MASK], <mask>. */
  readonly mask: number | undefined;
  /** Stands for what the vocabulary cannot spell. */
  readonly unk: number | undefined;
}

export interface Tokenizer {
  /** One more than the largest token number: the rows an embedding needs. */
  readonly size: number;
  readonly special: SpecialIds;
  /** What the tokenizer itself puts before and after a single text when asked for special tokens. */
  readonly frame: { readonly before: readonly number[]; readonly after: readonly number[] };
  /** Token numbers of a text, without the frame unless `framed`. */
  encode(text: string, framed?: boolean): number[];
  /** The text of token numbers, without special tokens unless `withSpecial`. */
  decode(ids: Iterable<number>, withSpecial?: boolean): string;
}

/** A JSON object as it was parsed, of which nothing is known yet. */
export type Json = Readonly<Record<string, unknown>>;

/**
 * A tokenizer from the content of `tokenizer.json`, by Hugging Face's own library.
 *
 * @param json    what `tokenizer.json` holds
 * @param config  what `tokenizer_config.json` holds; it names the special tokens (`bos_token` and the like)
 * @param where   the file's name, for messages
 * @throws RelizoError DATA when this is no tokenizer, or one of a kind the library does not know
 */
export function createTokenizer(json: Json, config: Json = {}, where: string = "tokenizer.json"): Tokenizer {
  const engine = build(json, config, where);
  const vocabulary = engine.get_vocab();
  const largest = [...vocabulary.values()].reduce((most, id) => Math.max(most, id), -1);
  need(largest >= 0, "DATA", `${where}: a vocabulary with at least one token is needed`, largest);
  const special = specialIds(engine, json, config);
  const specials = new Set(Object.values(special));
  for (const [id, token] of engine.get_added_tokens_decoder()) if (token.special) specials.add(id);
  const encode = (text: string, framed = false): number[] => {
    need(typeof text === "string", "VALUE", `${where}: only a text can be encoded`, text);
    return engine.encode(text, { add_special_tokens: framed }).ids;
  };
  return {
    size: largest + 1,
    special,
    frame: frameOf(encode),
    encode,
    decode(ids, withSpecial = false) {
      const kept = [...ids].filter((id) => withSpecial || !specials.has(id));
      const alien = kept.find((id) => engine.id_to_token(id) === undefined);
      need(alien === undefined, "VALUE", `${where}: a token number from 0 to ${largest} is needed`, alien);
      return kept.length === 0 ? "" : engine.decode(kept, { skip_special_tokens: false });
    },
  };
}

function build(json: Json, config: Json, where: string): Engine {
  const model = json.model;
  if (typeof model !== "object" || model === null || !("vocab" in model))
    throw new RelizoError(
      "DATA",
      `${where} is no tokenizer: "model" with "vocab" is needed; its keys are ${show(Object.keys(json))}.`,
    );
  try {
    const whole = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, ...json };
    return new Engine({ ...whole, added_tokens: json.added_tokens ?? [] }, config);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RelizoError("DATA", `${where} cannot be used as a tokenizer: ${why}`, { cause });
  }
}

/** Tokens that published vocabularies use where `tokenizer_config.json` names none. */
const USUAL: { readonly [K in keyof SpecialIds]: readonly string[] } = {
  pad: ["[PAD]", "<pad>", "<|pad|>", "<|padding|>"],
  bos: ["[CLS]", "<s>", "<bos>", "<|begin_of_text|>", "<|startoftext|>", "<|endoftext|>"],
  eos: ["[SEP]", "</s>", "<eos>", "<|end_of_text|>", "<|endoftext|>"],
  mask: ["[MASK]", "<mask>"],
  unk: ["[UNK]", "<unk>"],
};

/** Keys of `tokenizer_config.json`, the one that decides first. */
const KEYS: { readonly [K in keyof SpecialIds]: readonly string[] } = {
  pad: ["pad_token"],
  bos: ["cls_token", "bos_token"],
  eos: ["sep_token", "eos_token"],
  mask: ["mask_token"],
  unk: ["unk_token"],
};

function specialIds(engine: Engine, json: Json, config: Json): SpecialIds {
  const { model } = json;
  const unknown =
    typeof model === "object" && model !== null && "unk_token" in model ? [contentOf(model.unk_token)] : [];
  const idOf = (key: keyof SpecialIds): number | undefined => {
    const named = KEYS[key].map((name) => contentOf(config[name]));
    const tokens = [...named, ...(key === "unk" ? unknown : []), ...USUAL[key]];
    for (const token of tokens) {
      const id = token === "" ? undefined : engine.token_to_id(token);
      if (id !== undefined) return id;
    }
    return undefined;
  };
  return { pad: idOf("pad"), bos: idOf("bos"), eos: idOf("eos"), mask: idOf("mask"), unk: idOf("unk") };
}

/** A token is written as a text or as an object with its `content`; empty where it is neither. */
export function contentOf(token: unknown): string {
  const content = typeof token === "object" && token !== null && "content" in token ? token.content : token;
  return typeof content === "string" ? content : "";
}

/** Asks for special tokens around a text and sees what came. */
function frameOf(encode: (text: string, framed?: boolean) => number[]): Tokenizer["frame"] {
  const [bare, framed] = [encode("a"), encode("a", true)];
  if (bare.length === 0) return { before: [], after: [] }; // a vocabulary without "a" shows nothing
  for (let begin = 0; begin + bare.length <= framed.length; begin++)
    if (bare.every((id, i) => framed[begin + i] === id))
      return { before: framed.slice(0, begin), after: framed.slice(begin + bare.length) };
  return { before: [], after: [] };
}
