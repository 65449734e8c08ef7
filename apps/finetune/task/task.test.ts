/** How examples become tensors and logits become numbers, on a vocabulary small enough to write down. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { expectClose, gamma } from "../../../test/expect-close.ts";
import type { Example } from "../data/examples.ts";
import { crossEntropy } from "../loss/cross-entropy.ts";
import { margin } from "../loss/margin.ts";
import { createTokenizer } from "../text/tokenizer.ts";
import { wordPieceJson } from "../text/wordpiece.ts";
import { headTask, linearHead } from "./head.ts";
import { imageTask } from "./image.ts";
import { languageTask } from "./language.ts";
import { withPenalty } from "./penalty.ts";
import { type PromptOptions, promptTask } from "./prompt.ts";
import { gatherRows, stacked } from "./rows.ts";
import type { Batch } from "./task.ts";

const WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] it was bad good . a b c d ##x ? so".split(" ");
const tokenizer = createTokenizer(wordPieceJson(WORDS.join("\n")));
const V = tokenizer.size;
const ids = (text: string): number[] => text.split(" ").map((word) => WORDS.indexOf(word));

const ALL = ["input_ids", "attention_mask", "position_ids", "token_type_ids"];
const inputs = { inputs: ALL, maxLength: 12 };
const sentiment: PromptOptions = { template: "{s} it was", classes: ["0", "1"], words: ["bad", "good"] };
const example = (s: string, label?: number, more: Record<string, string> = {}): Example => ({
  fields: { s, ...more },
  label,
});

function feed(batch: Pick<Batch, "feeds">, name: string): number[][] {
  const { data, dims } = batch.feeds[name]!;
  const [rows = 0, width = 0] = dims;
  assert.equal(data.length, rows * width);
  return Array.from({ length: rows }, (_, i) => Array.from(data.slice(i * width, (i + 1) * width), Number));
}

const pairs = ({ rows }: Pick<Batch, "rows">): number[][] =>
  Array.from({ length: rows.length / 2 }, (_, i) => [Number(rows[2 * i]), Number(rows[2 * i + 1])]);

/** Logits without a pattern: eighths, exact in float32. */
const noise = (count: number, shift = 0): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => (((i + shift) * (i + 41) * 7) % 97) / 8 - 6);

test("a prompt becomes padded tensors, of which one row is read for words of one token", () => {
  const batch = promptTask(tokenizer, inputs, sentiment).encode([example("a b ", 1), example("c", 0)]);
  assert.deepEqual(feed(batch, "input_ids"), [ids("[CLS] a b it was"), ids("[CLS] c it was [PAD]")]);
  assert.deepEqual(feed(batch, "attention_mask"), [
    [1, 1, 1, 1, 1],
    [1, 1, 1, 1, 0],
  ]);
  assert.deepEqual(feed(batch, "position_ids"), [
    [0, 1, 2, 3, 4],
    [0, 1, 2, 3, 4],
  ]);
  assert.deepEqual(feed(batch, "token_type_ids"), [
    [0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0],
  ]);
  assert.deepEqual(pairs(batch), [
    [0, 4],
    [1, 3],
  ]);
  assert.deepEqual([...batch.targets], [1, 0]);
  assert.deepEqual([batch.size, batch.tokens, batch.front], [2, 9, 0]);
  const few = promptTask(tokenizer, { ...inputs, inputs: ["input_ids", "past_key_values.0.key"] }, sentiment);
  assert.deepEqual(Object.keys(few.encode([example("a")]).feeds), ["input_ids"]);
});

test("placeholders stand in front and past rows before them; both count in the length, and rows follow", () => {
  const front = { tokens: 2, first: 90 };
  const task = promptTask(tokenizer, { ...inputs, front, past: 3, multiple: 4 }, sentiment);
  const batch = task.encode([example("a", 0)]);
  assert.deepEqual(feed(batch, "input_ids"), [[90, 91, ...ids("[CLS] a it was [PAD] [PAD]")]]);
  assert.deepEqual(feed(batch, "attention_mask"), [[1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]]);
  assert.deepEqual(feed(batch, "position_ids"), [[3, 4, 5, 6, 7, 8, 9, 10]]);
  assert.deepEqual(pairs(batch), [[0, 5]]);
  assert.equal(batch.tokens, 4);
  const long = task.encode([example("a b c d a b c d", 0)]); // 12 - 3 - 2 leave 7: four of text
  assert.deepEqual(feed(long, "input_ids"), [[90, 91, ...ids("[CLS] a b c d it was")]]);
});

test("cutting takes the longest text first, at words, and never the template or the label words", () => {
  const options: PromptOptions = {
    template: "{s} ? {t} it was",
    classes: ["0", "1"],
    words: { 1: "good", 0: "so bad" },
  };
  const task = promptTask(tokenizer, inputs, options);
  const cut = (s: string, t: string): number[] => feed(task.encode([example(s, 0, { t })]), "input_ids")[0]!;
  // "so" goes along as the beginning of "so bad": 12 - 5 leave 7 tokens of text.
  assert.deepEqual(cut("a b c d", "a b"), ids("[CLS] a b c d ? a b it was so"));
  assert.deepEqual(cut("a b c d a b c d", "a b"), ids("[CLS] a b c d a ? a b it was so"));
  assert.deepEqual(cut("a b c d a", "a b c d a"), ids("[CLS] a b c ? a b c it was so"));
  assert.deepEqual(cut("axxxxxxxxxxx", "b"), ids("[CLS] a ##x ##x ##x ##x ##x ? b it was so"));
  const small = promptTask(tokenizer, { ...inputs, maxLength: 4 }, options);
  assert.throws(() => small.encode([example("a", 0, { t: "b" })]), {
    code: "OPTION",
    message: /template alone, without any text, is longer than the model takes/,
  });
});

test("masked prompts have one sequence for every length of a label word, each closed", () => {
  const task = promptTask(tokenizer, inputs, {
    template: "{s} was {mask} . {t}",
    classes: ["0", "1", "2"],
    words: ["bad", "good", "so good"],
  });
  const batch = task.encode([example("a", 2, { t: "b" })]);
  assert.deepEqual(feed(batch, "input_ids"), [
    ids("[CLS] a was [MASK] . b [SEP] [PAD]"),
    ids("[CLS] a was [MASK] [MASK] . b [SEP]"),
  ]);
  assert.deepEqual(pairs(batch), [
    [0, 3],
    [1, 3],
    [1, 4],
  ]);
  const logits = noise(3 * V);
  const logProb = (row: number, word: string): number =>
    -crossEntropy(logits.subarray(row * V, (row + 1) * V), [WORDS.indexOf(word)], V);
  const scores = [logProb(0, "bad"), logProb(0, "good"), (logProb(1, "so") + logProb(2, "good")) / 2];
  expectClose(task.predict(batch, logits)[0]!.scores, scores, gamma(64) * 20);
});

test("losses over label words: the shortcut for one row equals the whole calculation", () => {
  const batch = (loss: PromptOptions["loss"] & {}): number => {
    const task = promptTask(tokenizer, inputs, { ...sentiment, loss });
    return task.loss(task.encode([example("a", 1), example("b", 0), example("c", 0)]), noise(3 * V));
  };
  const logits = noise(3 * V);
  const [bad, good] = [WORDS.indexOf("bad"), WORDS.indexOf("good")];
  const pick = Float32Array.from([0, 1, 2].flatMap((i) => [logits[i * V + bad]!, logits[i * V + good]!]));
  const tolerance = gamma(64) * 20;
  expectClose(
    [batch("cross-entropy"), batch("margin")],
    [crossEntropy(pick, [1, 0, 0], 2), margin(pick, [1, 0, 0], 2)],
    tolerance,
  );
  expectClose([batch("vocabulary")], [crossEntropy(logits, [good, bad, bad], V)], tolerance);
  const own = batch(
    (scores, labels) => labels.length * 100 + scores.reduce((sum, score) => sum + Math.exp(score), 0),
  );
  assert.ok(
    own > 300 && own < 303,
    `a user's function gets log-likelihoods, whose exponentials are probabilities: ${own}`,
  );
});

test("a score that is no number makes the loss none, and the prediction none", () => {
  const task = promptTask(tokenizer, inputs, sentiment);
  const batch = task.encode([example("a", 1)]);
  const logits = noise(V);
  logits[WORDS.indexOf("good")] = Number.NaN;
  assert.ok(Number.isNaN(task.loss(batch, logits)));
  assert.equal(task.predict(batch, logits)[0]!.label, -1);
});

test("examples without labels can be predicted, but have no loss", () => {
  const task = promptTask(tokenizer, inputs, sentiment);
  const batch = task.encode([example("a")]);
  assert.equal(task.predict(batch, noise(V)).length, 1);
  assert.throws(() => task.loss(batch, noise(V)), {
    code: "VALUE",
    message: /label 0 must be a class from 0 to 1; got -1/,
  });
});

test("templates, words and vocabularies that cannot work are refused in one sentence", () => {
  const refuses = (options: Partial<PromptOptions>, message: RegExp, given = inputs): void =>
    assert.throws(() => promptTask(tokenizer, given, { ...sentiment, ...options }), {
      code: "OPTION",
      message,
    });
  refuses({ template: "it was" }, /names at least one column in braces/);
  refuses({ template: "{s} {mask} {mask}" }, /at most one \{mask\}/);
  refuses({ words: ["bad"] }, /the classes are "0", "1", and there are words for "0"/);
  refuses({ words: { 0: "bad", 1: "good", 2: "so" } }, /there are words for "0", "1", "2"/);
  refuses({ words: ["bad", "bad"] }, /must differ in their tokens/);
  refuses({ words: ["bad", "zebra"] }, /must spell every label word; got "zebra"/);
  refuses({ words: ["bad", " "] }, /must stay a word of its own/);
  refuses(
    { joint: "", template: "{s} a", words: ["x", "b"] },
    /must stay a word of its own behind " a"; got "b"/,
  );
  refuses({ classes: ["0"], words: ["bad"] }, /at least two classes/);
  refuses({}, /input "input_ids"; got \["x"\]/, { ...inputs, inputs: ["x"] });
  refuses({}, /maxLength must be a whole number from 1; got 0/, { ...inputs, maxLength: 0 });
  const task = promptTask(tokenizer, inputs, sentiment);
  assert.throws(() => task.encode([{ fields: { text: "a" }, label: 0 }]), {
    code: "DATA",
    message: /asks for "s", which the data does not have; its columns are "text"/,
  });
  const front = { tokens: 2, first: 5 };
  assert.throws(() => promptTask(tokenizer, { ...inputs, front }, sentiment), {
    message: /behind the 17 tokens/,
  });
  const narrow = promptTask(tokenizer, { ...inputs, vocabulary: 12 }, sentiment);
  assert.throws(() => narrow.encode([example("a b c")]), {
    code: "DATA",
    message: /token 12 \("c"\) is not among the model's 12; give the tokenizer that belongs to the model/,
  });
  const batch = task.encode([example("a", 0)]);
  assert.throws(() => task.loss(batch, new Float32Array(8)), {
    code: "DATA",
    message: /cover the tokenizer's token 8.*got "8 a row"/,
  });
  assert.throws(() => task.loss(task.encode([example("a", 0), example("b", 0)]), new Float32Array(33)), {
    code: "SHAPE",
  });
});

test("a head reads the first, the last or the mean of all tokens", () => {
  const build = (pool: "first" | "last" | "mean") =>
    headTask(
      tokenizer,
      { ...inputs, front: { tokens: 1, first: 50 } },
      { template: "{s}", classes: ["x", "y", "z"], pool },
    );
  const examples = [example("a b", 2), example("c", 0)];
  const [first, last, mean] = [
    build("first").encode(examples),
    build("last").encode(examples),
    build("mean"),
  ];
  assert.deepEqual(feed(first, "input_ids"), [
    [50, ...ids("[CLS] a b [SEP]")],
    [50, ...ids("[CLS] c [SEP] [PAD]")],
  ]);
  assert.deepEqual(pairs(first), [
    [0, 1],
    [1, 1],
  ]);
  assert.deepEqual(feed(last, "input_ids"), [
    [50, ...ids("[CLS] a b")],
    [50, ...ids("[CLS] c [PAD]")],
  ]);
  assert.deepEqual(pairs(last), [
    [0, 3],
    [1, 2],
  ]);
  const all = mean.encode(examples);
  assert.deepEqual([...all.rowCounts], [4, 3]);
  assert.deepEqual(pairs(all), [
    [0, 1],
    [0, 2],
    [0, 3],
    [0, 4],
    [1, 1],
    [1, 2],
    [1, 3],
  ]);
  // The mean of logits is the head of the mean state.
  const [states, weight, bias] = [noise(7 * 5), noise(3 * 5, 9), noise(3, 4)];
  const middle = (begin: number, count: number): Float32Array =>
    Float32Array.from({ length: 5 }, (_, h) => {
      let sum = 0;
      for (let row = begin; row < begin + count; row++) sum += states[row * 5 + h]!;
      return sum / count;
    });
  const found = mean.predict(all, linearHead(states, weight, bias));
  expectClose(found[0]!.scores, linearHead(middle(0, 4), weight, bias), 400 * gamma(16, 2 ** -24));
  expectClose(found[1]!.scores, linearHead(middle(4, 3), weight, bias), 400 * gamma(16, 2 ** -24));
  assert.throws(() => mean.loss(all, noise(20)), {
    code: "SHAPE",
    message: /7 rows of 3 classes are needed; got 20/,
  });
  assert.throws(() => linearHead(states, weight, noise(4)), { code: "SHAPE" });
});

test("the next token is learned from all before it, or behind a prompt alone", () => {
  const task = languageTask(tokenizer, inputs, { text: "{s}", end: true });
  const batch = task.encode([example("a b"), example("c")]);
  assert.deepEqual(feed(batch, "input_ids"), [ids("[CLS] a b [SEP]"), ids("[CLS] c [SEP] [PAD]")]);
  assert.deepEqual(pairs(batch), [
    [0, 0],
    [0, 1],
    [0, 2],
    [1, 0],
    [1, 1],
  ]);
  assert.deepEqual([...batch.targets], ids("a b [SEP] c [SEP]"));
  const logits = noise(5 * V);
  expectClose([task.loss(batch, logits)], [crossEntropy(logits, batch.targets, V)], gamma(64) * 20);
  const tally = task.tally();
  tally.add(batch, logits);
  tally.add(batch, logits);
  const { figures } = tally.result();
  expectClose(
    [figures.loss!, figures.perplexity!],
    [task.loss(batch, logits), Math.exp(task.loss(batch, logits))],
    1e-9,
  );
  assert.deepEqual([figures.examples, figures.tokens], [4, 10]);
  const behind = languageTask(tokenizer, inputs, { prompt: "{s} ? ", text: "{t}" }).encode([
    example("a b", undefined, { t: "c d" }),
  ]);
  assert.deepEqual(feed(behind, "input_ids"), [ids("[CLS] a b ? c d")]);
  assert.deepEqual([...behind.targets], ids("c d"));
  assert.deepEqual(pairs(behind), [
    [0, 3],
    [0, 4],
  ]);
  assert.deepEqual([...task.encode([example(" ")]).targets], ids("[SEP]"));
  const endless = languageTask(tokenizer, inputs, { text: "{s}" });
  assert.throws(() => endless.encode([example(" ")]), {
    code: "DATA",
    message: /leave at least one token to learn/,
  });
});

test("BLEU and edit distance over the likeliest tokens", () => {
  const peaked = (tokens: number[]): Float32Array =>
    Float32Array.from({ length: tokens.length * V }, (_, at) =>
      at % V === tokens[Math.floor(at / V)] ? 3 : 0,
    );
  const examples = [example("a b c d"), example("c d")];
  const build = (loss: "bleu" | "edit-distance") => languageTask(tokenizer, inputs, { text: "{s}", loss });
  const batch = build("bleu").encode(examples);
  assert.equal(build("bleu").loss(batch, peaked(ids("a b c d c d"))), 0);
  assert.equal(build("edit-distance").loss(batch, peaked(ids("a b d c c d"))), 2 / 6);
  const tally = build("edit-distance").tally();
  tally.add(batch, peaked(ids("a b d c c d")));
  expectClose([tally.result().figures.loss!, tally.result().figures.accuracy!], [2 / 6, 4 / 6], gamma(4));
  const bad = peaked(ids("a b c d c d"));
  bad[3] = Number.NaN;
  assert.ok(Number.isNaN(build("bleu").loss(batch, bad)));
});

test("images are scaled channel by channel, and figures count class by class", () => {
  const task = imageTask({
    input: "pixels",
    shape: { channels: 2, height: 1, width: 2 },
    classes: ["cat", "dog"],
    scale: 1 / 4,
    mean: [0.5, 0],
    deviation: [0.5, 2],
    loss: "f1",
  });
  const images = [Uint8Array.of(4, 2, 8, 16), [0, 0, 0, 0]].map((pixels, label) => ({ pixels, label }));
  const batch = task.encode(images);
  assert.deepEqual(batch.feeds.pixels?.dims, [2, 2, 1, 2]);
  assert.deepEqual([...(batch.feeds.pixels?.data ?? [])], [1, 0, 1, 2, -1, -1, 0, 0]);
  const tally = task.tally();
  tally.add(batch, Float32Array.of(2, 1, 0, 1));
  tally.add(batch, Float32Array.of(2, 1, 1, 0));
  const { figures, classes } = tally.result();
  assert.deepEqual(classes[0], { name: "cat", support: 2, predicted: 3, right: 2, f1: 0.8 });
  assert.deepEqual([figures.accuracy, figures.binaryF1, figures.examples], [0.75, 2 / 3, 4]);
  expectClose([figures.loss!], [1 - (0.8 + 2 / 3) / 2], gamma(8));
  assert.throws(() => task.encode([{ pixels: [1], label: 0 }]), {
    code: "SHAPE",
    message: /image 0 must have 2 x 1 x 2 pixels; got 1/,
  });
  assert.throws(() => task.tally().result(), { code: "COUNT" });
});

test("stacked candidates repeat the batch, each with placeholders of its own", () => {
  const task = promptTask(tokenizer, { ...inputs, front: { tokens: 2, first: 17 } }, sentiment);
  const batch = task.encode([example("a", 0), example("b c", 1)]);
  const three = stacked(batch, 3);
  const expected = [0, 1, 2].flatMap((c) =>
    feed(batch, "input_ids").map((row) => row.map((id) => (id >= 17 ? id + 2 * c : id))),
  );
  assert.deepEqual(feed(three, "input_ids"), expected);
  assert.deepEqual(
    feed(three, "attention_mask"),
    [0, 1, 2].flatMap(() => feed(batch, "attention_mask")),
  );
  const [first, second] = pairs(batch);
  assert.deepEqual(
    pairs(three),
    [0, 1, 2].flatMap((c) => [
      [2 * c, first![1]],
      [2 * c + 1, second![1]],
    ]),
  );
  assert.deepEqual(stacked(batch, 1).rows, batch.rows);
});

test("rows are picked out of the logits of all positions", () => {
  const batch = promptTask(tokenizer, inputs, sentiment).encode([example("a b", 0), example("c", 1)]);
  const all = noise(2 * 5 * V);
  assert.deepEqual(
    gatherRows(batch, all),
    Float32Array.of(...all.slice(4 * V, 5 * V), ...all.slice(8 * V, 9 * V)),
  );
  assert.throws(() => gatherRows(batch, new Float32Array(7)), { code: "SHAPE", message: /2 x 5 positions/ });
});

test("a penalty adds the divergence from the base model's logits", () => {
  const task = promptTask(tokenizer, inputs, sentiment);
  const batch = task.encode([example("a", 1), example("b", 0)]);
  const [logits, base] = [noise(2 * V), noise(2 * V, 5)];
  const held = (own: Float32Array) => withPenalty(task, { weight: 0.5, base: () => own }).loss(batch, logits);
  assert.equal(held(logits), task.loss(batch, logits));
  const divergence = [0, 1].map((row) => {
    const [p, q] = [base, logits].map((x) => Array.from(x.subarray(row * V, (row + 1) * V), Math.exp));
    const [ps, qs] = [p!, q!].map((x) => x.reduce((sum, value) => sum + value, 0));
    return p!.reduce((sum, value, v) => sum + (value / ps!) * Math.log(value / ps! / (q![v]! / qs!)), 0);
  });
  const mean = (divergence[0]! + divergence[1]!) / 2;
  expectClose([held(base)], [task.loss(batch, logits) + 0.5 * mean], 1e-12);
  assert.throws(() => withPenalty(task, { weight: -1, base: () => base }), { code: "OPTION" });
});
