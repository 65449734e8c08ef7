/** Byte-pair encoding of bytes, against merges done by hand on a vocabulary small enough to write down. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { wordIds } from "../task/words.ts";
import { byteBpeJson } from "./byte-bpe.ts";
import { loadTokenizer } from "./load-tokenizer.ts";
import { createTokenizer } from "./tokenizer.ts";

const folder = mkdtempSync(join(tmpdir(), "relizo-byte-bpe-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** GPT-2's letters for the 256 bytes: printable ones stand for themselves, the others for what follows U+0100. */
const printable = (byte: number): boolean => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
let next = 256;
const letters = Array.from({ length: 256 }, (_, byte) =>
  String.fromCodePoint(printable(byte) ? byte : next++),
);

const MERGES = ["\u0120 g", "r e", "\u0120g re", "a t", "\u0120gre at", "g re", "gre at"];
const tokens = ["<s>", "<pad>", "</s>", ...letters, ...MERGES.map((line) => line.replace(" ", "")), "<mask>"];
const vocabulary = Object.fromEntries(tokens.map((token, id) => [token, id]));
const idOf = (token: string): number => tokens.indexOf(token);
const merges = `#version: 0.2\n${MERGES.join("\n")}\n`;
const roberta = {
  cls_token: "<s>",
  sep_token: { content: "</s>" },
  mask_token: "<mask>",
  pad_token: "<pad>",
};

test("words take the blank before them, and are merged in the order of the file", () => {
  const tokenizer = createTokenizer(byteBpeJson(vocabulary, merges));
  assert.deepEqual(tokenizer.encode("great great"), [idOf("great"), idOf("\u0120great")]);
  assert.deepEqual(
    tokenizer.encode("a\u00e9"),
    [...Buffer.from("a\u00e9")].map((byte) => idOf(letters[byte]!)),
  );
  assert.deepEqual(tokenizer.frame, { before: [], after: [] });
  assert.equal(tokenizer.size, tokens.length);
  const strange = "Größe: 東京 \t🦊  great\n";
  assert.equal(tokenizer.decode(tokenizer.encode(strange)), strange);
});

test("a label word is the token with the blank in it", () => {
  const tokenizer = createTokenizer(byteBpeJson(vocabulary, merges));
  assert.deepEqual(wordIds("here", tokenizer, "It was ", "great"), [idOf("\u0120great")]);
  assert.deepEqual(wordIds("here", tokenizer, "", "great"), [idOf("great")]);
});

test("the files of a folder, framed as OPT and as RoBERTa have it", () => {
  writeFileSync(join(folder, "vocab.json"), JSON.stringify(vocabulary));
  writeFileSync(join(folder, "merges.txt"), merges);
  const configure = (config: object): void =>
    writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify(config));
  configure({ add_bos_token: true, bos_token: { content: "</s>" }, eos_token: "</s>", pad_token: "<pad>" });
  const opt = loadTokenizer(folder);
  assert.deepEqual(opt.frame, { before: [idOf("</s>")], after: [] });
  assert.deepEqual([opt.special.bos, opt.special.eos, opt.special.pad], [2, 2, 1]);
  assert.deepEqual(opt.encode("great", true), [2, idOf("great")]);
  configure(roberta);
  const { frame, special, encode } = loadTokenizer(join(folder, "vocab.json"));
  assert.deepEqual(frame, { before: [0], after: [2] });
  assert.equal(special.mask, idOf("<mask>"));
  assert.deepEqual(encode("great <mask>"), [idOf("great"), idOf("<mask>")]);
});

test("files that do not belong together are refused with the line", () => {
  assert.throws(() => byteBpeJson(vocabulary, "a b\n"), {
    code: "DATA",
    message: /line 1: two tokens.*found "a b"/,
  });
  assert.throws(() => byteBpeJson(vocabulary, "#version: 0.2\nr e\ng\n"), {
    code: "DATA",
    message: /line 3.*found "g"/,
  });
  assert.throws(() => byteBpeJson({ a: "0" }, ""), { code: "DATA", message: /"a" has "0"/ });
  assert.throws(() => byteBpeJson(vocabulary, merges, { cls_token: "[CLS]" }), {
    code: "DATA",
    message: /names "\[CLS\]"/,
  });
});
