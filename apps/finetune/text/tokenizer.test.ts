/** Token numbers against those of tokenizers that are not ours. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { dataFolder } from "../../../test/data-folder.ts";
import { llama2cJson } from "./llama2c.ts";
import { loadTokenizer } from "./load-tokenizer.ts";
import { createTokenizer } from "./tokenizer.ts";
import { wordPieceJson } from "./wordpiece.ts";

const data = dataFolder();
const skip = data === undefined && "no data folder with the language models";
const temporary = mkdtempSync(join(tmpdir(), "relizo-tokenizer-"));
after(() => rmSync(temporary, { recursive: true, force: true }));

interface Reference {
  readonly sentence: string;
  readonly ids: number[];
  readonly crossEntropy: Record<string, { ids: number[] }>;
  readonly greedy: Record<string, { ids: number[]; text: string }>;
  readonly promptText: string;
  readonly promptIds: number[];
  readonly greedyIds: number[];
  readonly greedyText: string;
  readonly maskedPredictions: { sentence: string; ids: number[]; top8: string[]; top8Ids: number[] }[];
}

const reference = (model: string): Reference =>
  JSON.parse(readFileSync(join(data ?? "", model, `${model}-reference.json`), "utf8"));
const load = (model: string) => loadTokenizer(join(data ?? "", model));

test("vocab.txt gives the token numbers of the reference for the language model", { skip }, () => {
  const tokenizer = load("imdb-lm");
  const { sentence, ids, crossEntropy, greedy } = reference("imdb-lm");
  assert.equal(tokenizer.size, 8192);
  assert.deepEqual(tokenizer.special, { pad: 0, bos: 2, eos: 3, mask: 4, unk: 1 });
  assert.deepEqual(tokenizer.frame, { before: [2], after: [3] });
  assert.deepEqual([2, ...tokenizer.encode(sentence)], ids);
  for (const [text, known] of Object.entries(crossEntropy))
    assert.deepEqual([2, ...tokenizer.encode(text)], known.ids, text);
  // The reference text sets every token apart with a blank; so does decoding but for its tidied punctuation.
  for (const known of Object.values(greedy)) {
    const bare = (text: string): string => text.replaceAll(/\s|\[SEP\]/g, "");
    assert.equal(bare(tokenizer.decode(known.ids)), bare(known.text));
  }
});

test("vocab.txt gives the token numbers of the reference for the masked model, frame and mask included", {
  skip,
}, () => {
  const tokenizer = load("imdb-bert");
  const { maskedPredictions } = reference("imdb-bert");
  assert.ok(maskedPredictions.length > 3);
  for (const { sentence, ids, top8, top8Ids } of maskedPredictions) {
    assert.deepEqual(tokenizer.encode(sentence, true), ids, sentence);
    top8.forEach((token, i) => {
      assert.equal(tokenizer.decode([top8Ids[i]!]), token);
    });
  }
});

test("llama2.c's tokenizer.bin gives the token numbers of the reference, and its text comes back", {
  skip,
}, () => {
  const tokenizer = load("stories260k");
  const { promptText, promptIds, greedyIds, greedyText, crossEntropy } = reference("stories260k");
  assert.equal(tokenizer.size, 512);
  assert.deepEqual(tokenizer.frame, { before: [1], after: [] });
  assert.deepEqual(tokenizer.encode(promptText, true), promptIds);
  for (const [text, known] of Object.entries(crossEntropy))
    assert.deepEqual(tokenizer.encode(text, true), known.ids, text);
  assert.equal(tokenizer.decode(greedyIds), greedyText);
  const strange = "Größe: 東京 → \t 🦊 a\nb";
  assert.equal(tokenizer.decode(tokenizer.encode(strange)), strange);
});

/** merges of run.c as it stands there: again and again the adjacent pair with the best score, the leftmost of equals. */
function byScore(text: string, scores: ReadonlyMap<string, number>): string[] {
  const tokens = [...` ${text}`];
  for (;;) {
    let [best, at] = [-Infinity, -1];
    for (let i = 0; i + 1 < tokens.length; i++) {
      const score = scores.get(tokens[i]! + tokens[i + 1]!) ?? -Infinity;
      if (score > best) [best, at] = [score, i];
    }
    if (at < 0) return tokens;
    tokens.splice(at, 2, tokens[at]! + tokens[at + 1]!);
  }
}

test("on real sentences the merges are those of llama2.c's own loop", { skip }, () => {
  const bytes = readFileSync(join(data ?? "", "stories260k", "tokenizer.bin"));
  const ids = new Map<string, number>();
  const scores = new Map<string, number>();
  for (let at = 4, id = 0; at < bytes.length; id++) {
    const length = bytes.readInt32LE(at + 4);
    const token = bytes.toString("utf8", at + 8, at + 8 + length);
    if (id >= 259) ids.set(token, id);
    if (id >= 259) scores.set(token, bytes.readFloatLE(at));
    at += 8 + length;
  }
  const tokenizer = load("stories260k");
  const lines = readFileSync(join(data ?? "", "sst2", "dev.tsv"), "utf8")
    .split("\n")
    .slice(1, 400);
  let compared = 0;
  for (const line of lines) {
    const text = line.split("\t")[0]!.trim();
    if (text === "" || [...text].some((letter) => letter !== " " && !ids.has(letter))) continue;
    compared += 1;
    const expected = byScore(text, scores).map((token) => ids.get(token));
    if (expected.includes(undefined)) continue; // a lone blank, which only the byte spells
    assert.deepEqual(tokenizer.encode(text), expected, text);
  }
  assert.ok(compared > 300, `${compared} sentences compared`);
});

const small = [
  "[PAD]",
  "[UNK]",
  "[CLS]",
  "[SEP]",
  "[MASK]",
  "!",
  "great",
  "caf",
  "##e",
  "##é",
  "Great",
  "un",
  "##believ",
  "##able",
];

test("a WordPiece vocabulary lower-cases and takes accents off, or not", () => {
  const text = small.join("\n");
  const uncased = createTokenizer(wordPieceJson(text));
  assert.deepEqual(uncased.encode("Great café!"), [6, 7, 8, 5]);
  assert.deepEqual(uncased.encode("unbelievable zzz", true), [2, 11, 12, 13, 1, 3]);
  const cased = createTokenizer(wordPieceJson(`${text}\r\n`, { lowercase: false }));
  assert.deepEqual(cased.encode("Great café!"), [10, 7, 9, 5]);
  assert.equal(cased.decode([2, 11, 12, 13, 5, 3]), "unbelievable!");
  assert.equal(cased.decode([2, 6, 3], true), "[CLS] great [SEP]");
  assert.equal(cased.decode([]), "");
});

test("tokenizer_config.json beside a file is heeded, and tokenizer.json is read as it is", () => {
  const write = (name: string, value: unknown): string => {
    const path = join(temporary, name);
    writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value));
    return path;
  };
  write("vocab.txt", small.join("\n"));
  write("tokenizer_config.json", { do_lower_case: false, mask_token: { content: "great" } });
  assert.deepEqual(loadTokenizer(temporary).encode("Great"), [10]);
  assert.deepEqual(loadTokenizer(temporary, { lowercase: true }).encode("Great"), [6]);
  const path = write("tokenizer.json", wordPieceJson(small.join("\n")));
  assert.deepEqual(loadTokenizer(path).encode("Great"), [6]);
  assert.equal(loadTokenizer(path).special.mask, 6);
});

test("what is no tokenizer is refused with the file's name", () => {
  const write = (name: string, content: string | Uint8Array): string => {
    const path = join(temporary, name);
    writeFileSync(path, content);
    return path;
  };
  const refuses = (path: string, message: RegExp): void =>
    assert.throws(() => loadTokenizer(path), { code: "DATA", message });
  refuses(join(temporary, "none.json"), /none\.json" is not there/);
  refuses(write("model.onnx", "x"), /model\.onnx" is none of the tokenizer files "tokenizer\.json"/);
  refuses(write("broken.json", "{"), /broken\.json" is not JSON/);
  refuses(write("list.json", "[]"), /list\.json" must hold a JSON object/);
  refuses(
    write("config.json", '{"hidden_size": 3}'),
    /config\.json is no tokenizer: "model" with "vocab".*hidden_size/,
  );
  refuses(
    write("odd.json", '{"normalizer": {"type": "Odd"}, "model": {"vocab": {"a": 0}}}'),
    /odd\.json cannot be used as a tokenizer/,
  );
  refuses(write("twice.txt", "[UNK]\na\na\n"), /"a" stands in line 2 and in line 3/);
  refuses(write("plain.txt", "one\ntwo\n"), /has the line "\[UNK\]"; got 2 lines that begin "one", "two"/);
  refuses(write("latin.txt", Uint8Array.of(0xe9, 0x0a)), /latin\.txt" is not a text in UTF-8/);
  refuses(write("short.bin", Uint8Array.of(1, 0)), /short\.bin is no tokenizer of llama2\.c: it has 2 bytes/);
  refuses(
    write("long.bin", Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1)),
    /token 0 says it is 9 bytes long/,
  );
  refuses(write("cut.bin", Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 65)), /ends inside token 0/);
});

test("a token number that is not there is refused", () => {
  const tokenizer = createTokenizer(wordPieceJson(small.join("\n")));
  assert.throws(() => tokenizer.decode([6, 99]), {
    code: "VALUE",
    message: /from 0 to 13 is needed; got 99/,
  });
  assert.throws(() => llama2cJson(new Uint8Array(0)), { code: "DATA" });
});
