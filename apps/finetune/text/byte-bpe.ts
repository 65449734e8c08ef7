/** The tokenizer of GPT-2, OPT and RoBERTa from its two files, `vocab.json` and `merges.txt`: byte-pair encoding of bytes. */
import { RelizoError } from "../../../src/index.ts";
import { list, show } from "../check.ts";
import { contentOf, type Json } from "./tokenizer.ts";

/**
 * What `tokenizer.json` would hold: words split by GPT-2's pattern, each with the blank before it, spelled in bytes, and
 * merged in the order of the file.
 *
 * @param vocabulary  the content of `vocab.json`: token to number
 * @param merges      the content of `merges.txt`: a pair a line, parted by a blank
 * @param config      what `tokenizer_config.json` holds: `add_bos_token` (OPT) or a `cls_token` (RoBERTa) say what stands around a
 *   text, `add_prefix_space` whether a blank is put before it
 * @throws RelizoError DATA for a token without a number, or a line that is no pair of tokens
 * @source Radford et al., "Language Models are Unsupervised Multitask Learners", 2019, and its `encoder.py`
 */
export function byteBpeJson(
  vocabulary: Json,
  merges: string,
  config: Json = {},
  where: string = "vocab.json",
): Json {
  const wrong = Object.entries(vocabulary).find(([, id]) => !Number.isInteger(id) || Number(id) < 0);
  if (wrong !== undefined)
    throw new RelizoError(
      "DATA",
      `${where}: every token needs a number from 0; ${show(wrong[0])} has ${show(wrong[1])}.`,
    );
  const lines = merges.replace(/^\uFEFF/, "").split(/\r?\n/);
  const pairs = lines.flatMap((line, i): [string, string][] => {
    if (line === "" || (i === 0 && line.startsWith("#version"))) return [];
    const [left = "", right = "", ...more] = line.split(" ");
    if (left !== "" && right !== "" && more.length === 0 && Object.hasOwn(vocabulary, left + right))
      return [[left, right]];
    throw new RelizoError(
      "DATA",
      `${where}, the merges beside it, line ${i + 1}: two tokens that make a third of the vocabulary are needed, parted by a blank; found ${show(line)}.`,
    );
  });
  const special = specials(vocabulary, config);
  return {
    added_tokens: special.map((content) => ({
      id: vocabulary[content],
      content,
      special: true,
      normalized: false,
      lstrip: content === "<mask>", // RoBERTa's takes the blank before it
    })),
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: config.add_prefix_space === true, use_regex: true },
    post_processor: framing(vocabulary, config),
    decoder: { type: "ByteLevel" },
    model: { type: "BPE", unk_token: null, vocab: vocabulary, merges: pairs },
  };
}

const NAMED = ["bos_token", "eos_token", "unk_token", "pad_token", "cls_token", "sep_token", "mask_token"];
const USUAL = ["<s>", "</s>", "<pad>", "<unk>", "<mask>", "<|endoftext|>"];

function specials(vocabulary: Json, config: Json): string[] {
  const named = NAMED.map((key) => contentOf(config[key]));
  return [...new Set([...named, ...USUAL])].filter(
    (token) => token !== "" && Object.hasOwn(vocabulary, token),
  );
}

function framing(vocabulary: Json, config: Json): Json | null {
  const [bos, cls, sep] = ["bos_token", "cls_token", "sep_token"].map((key) => contentOf(config[key]));
  const before = cls || (config.add_bos_token === true ? bos : "");
  const after = cls ? sep : "";
  const around = [before, after].filter((token) => token !== undefined && token !== "").map(String);
  if (around.length === 0) return null;
  const alien = around.find((token) => !Object.hasOwn(vocabulary, token));
  if (alien !== undefined)
    throw new RelizoError(
      "DATA",
      `tokenizer_config.json names ${list([alien])}, which is not in the vocabulary.`,
    );
  const item = (id: string): Json => ({ SpecialToken: { id, type_id: 0 } });
  const text = { Sequence: { id: "A", type_id: 0 } };
  return {
    type: "TemplateProcessing",
    single: [...(before ? [item(before)] : []), text, ...(after ? [item(after)] : [])],
    pair: [],
    special_tokens: Object.fromEntries(around.map((id) => [id, { id, ids: [vocabulary[id]], tokens: [id] }])),
  };
}
