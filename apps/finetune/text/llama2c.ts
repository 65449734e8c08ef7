/** The tokenizer of llama2.c's models from its `tokenizer.bin`: byte-pair merges in the order of scores. */
import { RelizoError } from "../../../src/index.ts";
import { list } from "../check.ts";
import type { Json } from "./tokenizer.ts";

interface Piece {
  readonly text: string;
  readonly score: number;
}

/** Where the format puts them: unknown, begin of text, end of text, then the 256 bytes. */
const UNKNOWN = 0;
const BEGIN = 1;
const END = 2;
const BYTES = 3;

/**
 * What `tokenizer.json` would hold, as for LLaMA: a blank before the text, pairs merged from the best score down, bytes for
 * characters outside the vocabulary, `<s>` before a text.
 *
 * @param bytes  int32 longest token; then for every token float32 score, int32 length, and so many bytes of UTF-8; little endian
 * @throws RelizoError DATA where the bytes end early, or are no such file
 * @cost one entry for every way to cut a token in two that are tokens
 * @source karpathy/llama2.c, `tokenizer.py` (export) and `run.c` (encode)
 * @differs  where two different pairs merge to one and the same token, run.c takes the leftmost and this the one with the
 *   longer left half first, as Hugging Face's conversion of sentencepiece models does
 */
export function llama2cJson(bytes: Uint8Array, where: string = "tokenizer.bin"): Json {
  const pieces = read(bytes, where);
  const names = pieces.map(({ text }, id) =>
    id === BEGIN ? "<s>" : id === END ? "</s>" : text.replaceAll(" ", "\u2581"),
  );
  const vocab = new Map<string, number>();
  names.forEach((name, id) => {
    const before = vocab.get(name);
    if (before !== undefined)
      throw new RelizoError("DATA", `${where}: tokens ${before} and ${id} are both ${list([name])}.`);
    vocab.set(name, id);
  });
  const added = [UNKNOWN, BEGIN, END].filter((id) => id < names.length);
  return {
    added_tokens: added.map((id) => ({ id, content: names[id], special: true, normalized: false })),
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "Prepend", prepend: "\u2581" },
        { type: "Replace", pattern: { String: " " }, content: "\u2581" },
      ],
    },
    pre_tokenizer: null,
    post_processor: {
      type: "TemplateProcessing",
      single: [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
      pair: [],
      special_tokens: { "<s>": { id: "<s>", ids: [BEGIN], tokens: ["<s>"] } },
    },
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "\u2581" }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        { type: "Strip", content: " ", start: 1, stop: 0 },
      ],
    },
    model: {
      type: "BPE",
      unk_token: names[UNKNOWN],
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(vocab),
      merges: merges(names, pieces, vocab),
    },
  };
}

function read(bytes: Uint8Array, where: string): Piece[] {
  const refuse = (why: string): never => {
    throw new RelizoError("DATA", `${where} is no tokenizer of llama2.c: ${why}.`);
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const pieces: Piece[] = [];
  if (bytes.length < 4) refuse(`it has ${bytes.length} bytes`);
  const longest = view.getInt32(0, true);
  for (let at = 4; at < bytes.length; ) {
    if (at + 8 > bytes.length) refuse(`it ends inside token ${pieces.length}`);
    const [score, length] = [view.getFloat32(at, true), view.getInt32(at + 4, true)];
    if (!(length >= 0 && length <= longest))
      refuse(`token ${pieces.length} says it is ${length} bytes long, where the longest has ${longest}`);
    if (at + 8 + length > bytes.length) refuse(`it ends inside token ${pieces.length}`);
    try {
      pieces.push({ text: utf8.decode(bytes.subarray(at + 8, at + 8 + length)), score });
    } catch {
      refuse(`token ${pieces.length} is no UTF-8`);
    }
    at += 8 + length;
  }
  if (pieces.length <= BYTES + 256)
    refuse(`it has ${pieces.length} tokens, and needs 3 and the 256 bytes before the first`);
  return pieces;
}

/** Every way to make a token out of two, best token first; ties in the order of the vocabulary, then longer left halves. */
function merges(
  names: readonly string[],
  pieces: readonly Piece[],
  vocab: ReadonlyMap<string, number>,
): readonly (readonly [string, string])[] {
  const order = [...names.keys()]
    .slice(BYTES + 256)
    .sort((a, b) => pieces[b]!.score - pieces[a]!.score || a - b);
  return order.flatMap((id) => {
    const letters = [...names[id]!];
    const ways: [string, string][] = [];
    for (let cut = letters.length - 1; cut > 0; cut--) {
      const [left, right] = [letters.slice(0, cut).join(""), letters.slice(cut).join("")];
      if (vocab.has(left) && vocab.has(right)) ways.push([left, right]);
    }
    return ways;
  });
}
