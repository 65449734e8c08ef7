/** BERT's tokenizer from its bare list of tokens, `vocab.txt`. */
import { RelizoError } from "../../../src/index.ts";
import { list } from "../check.ts";
import type { Json } from "./tokenizer.ts";

export interface WordPieceOptions {
  /** Texts are lower-cased first. Default true, as of the uncased models. */
  readonly lowercase?: boolean;
  /** Accents are taken off. Default: as `lowercase`. */
  readonly stripAccents?: boolean;
}

const SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] as const;

/**
 * What `tokenizer.json` would hold: WordPiece with `##` before continuations, words split at blanks and punctuation, every
 * Chinese character a word, [CLS] before and [SEP] after a text.
 *
 * @param vocabulary  the content of `vocab.txt`: one token a line, its number the line's
 * @param where       the file's name, for messages
 * @throws RelizoError DATA where [UNK] lacks, or a token stands twice
 * @source Devlin et al., NAACL 2019, and its `tokenization.py`
 */
export function wordPieceJson(
  vocabulary: string,
  { lowercase = true, stripAccents = lowercase }: WordPieceOptions = {},
  where: string = "vocab.txt",
): Json {
  const lines = vocabulary.replace(/^\uFEFF/, "").split(/\r?\n/);
  while (lines.at(-1) === "") lines.pop();
  const vocab = new Map<string, number>();
  lines.forEach((token, id) => {
    const before = vocab.get(token);
    if (before !== undefined)
      throw new RelizoError(
        "DATA",
        `${where}: ${list([token])} stands in line ${before + 1} and in line ${id + 1}.`,
      );
    vocab.set(token, id);
  });
  if (!vocab.has("[UNK]"))
    throw new RelizoError(
      "DATA",
      `${where}: a vocabulary of BERT's kind has the line "[UNK]"; got ${vocab.size} lines that begin ${list([...vocab.keys()], 3)}.`,
    );
  const special = SPECIAL.filter((token) => vocab.has(token));
  return {
    added_tokens: special.map((content) => ({
      id: vocab.get(content),
      content,
      special: true,
      normalized: false,
    })),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: stripAccents,
      lowercase,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: framing(vocab),
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocab),
    },
  };
}

function framing(vocab: ReadonlyMap<string, number>): Json | null {
  const [cls, sep] = [vocab.get("[CLS]"), vocab.get("[SEP]")];
  return cls === undefined || sep === undefined
    ? null
    : { type: "BertProcessing", cls: ["[CLS]", cls], sep: ["[SEP]", sep] };
}
