/** The tasks on real models, run by ONNX Runtime, against what others computed from the same weights. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as ort from "onnxruntime-node";
import { dataFolder } from "../../../test/data-folder.ts";
import { expectClose } from "../../../test/expect-close.ts";
import { CIFAR10_NAMES, loadImages } from "../../attack/load-images.ts";
import type { Example } from "../data/examples.ts";
import { readExamples } from "../data/examples.ts";
import { loadTable } from "../data/load-table.ts";
import { loadTokenizer } from "../text/load-tokenizer.ts";
import { imageExamples, imageTask } from "./image.ts";
import { languageTask } from "./language.ts";
import { promptTask } from "./prompt.ts";
import { gatherRows } from "./rows.ts";
import type { Batch } from "./task.ts";

const data = dataFolder() ?? "";
const skip = data === "" && "no data folder with the language models";

/** The reference states 1e-3 for float32. */
const TOLERANCE = 1e-3;

/** Logits at all positions, and the rows of them that a batch asks for. */
async function model(
  name: string,
): Promise<{ names: readonly string[]; rows: (batch: Batch) => Promise<Float32Array> }> {
  const session = await ort.InferenceSession.create(join(data, name, "model.onnx"), { logSeverityLevel: 3 });
  const { hidden_size, num_attention_heads, num_key_value_heads } = JSON.parse(
    readFileSync(join(data, name, "config.json"), "utf8"),
  ) as Record<string, number>;
  const size = hidden_size! / num_attention_heads!;
  return {
    names: session.inputNames,
    async rows(batch) {
      const feeds: Record<string, ort.Tensor> = {};
      for (const [input, { data, dims }] of Object.entries(batch.feeds))
        feeds[input] =
          data instanceof BigInt64Array
            ? new ort.Tensor("int64", data, dims)
            : new ort.Tensor("float32", data, dims);
      const [sequences = 0] = batch.feeds.input_ids?.dims ?? [];
      for (const input of session.inputNames.filter((one) => one.startsWith("past_key_values")))
        feeds[input] = new ort.Tensor("float32", new Float32Array(0), [
          sequences,
          num_key_value_heads!,
          0,
          size,
        ]);
      const { logits } = await session.run(feeds, ["logits"]);
      const all = logits?.data;
      assert.ok(all instanceof Float32Array);
      return gatherRows(batch, all);
    },
  };
}

const example = (fields: Record<string, string>, label?: number): Example => ({ fields, label });

test("the mean cross-entropy of sentences is that of the references", { skip }, async () => {
  for (const name of ["imdb-lm", "stories260k"]) {
    const { names, rows } = await model(name);
    const known = JSON.parse(readFileSync(join(data, name, `${name}-reference.json`), "utf8"))
      .crossEntropy as Record<string, { ids: number[]; meanNll: number }>;
    const task = languageTask(loadTokenizer(join(data, name)), {
      inputs: names,
      maxLength: 128,
      vocabulary: 8192,
    });
    const batch = task.encode(Object.keys(known).map((text) => example({ text })));
    const logits = await rows(batch);
    const all = Object.values(known);
    const counts = all.map(({ ids }) => ids.length - 1);
    const found = task.predict(batch, logits);
    expectClose(
      found.map(({ logLikelihood }, i) => -logLikelihood / counts[i]!),
      all.map(({ meanNll }) => meanNll),
      TOLERANCE,
    );
    const total = counts.reduce((sum, count) => sum + count);
    const mean = all.reduce((sum, { meanNll }, i) => sum + meanNll * counts[i]!, 0) / total;
    expectClose([task.loss(batch, logits)], [mean], TOLERANCE);
    const tally = task.tally();
    tally.add(batch, logits);
    const { figures } = tally.result();
    expectClose([figures.loss!, Math.log(figures.perplexity!)], [mean, mean], TOLERANCE);
    assert.equal(figures.tokens, total);
  }
});

test("by prompt, without training, the language model gets 484 of 872 reviews right, as its page says", {
  skip,
}, async () => {
  const { names, rows } = await model("imdb-lm");
  const { examples, classes } = readExamples(loadTable(join(data, "sst2/dev.tsv")), { label: "label" });
  const task = promptTask(
    loadTokenizer(join(data, "imdb-lm")),
    { inputs: names, maxLength: 128, multiple: 8 },
    { template: "{sentence} . it was", classes, words: { 0: "terrible", 1: "great" } },
  );
  const tally = task.tally();
  for (let i = 0; i < examples.length; i += 16) {
    const batch = task.encode(examples.slice(i, i + 16));
    assert.equal(batch.rows.length / 2, batch.size); // words of one token: one sequence and one row an example
    assert.equal(batch.feeds.input_ids!.dims[1]! % 8, 0);
    tally.add(batch, await rows(batch));
  }
  const result = tally.result();
  assert.equal(result.figures.examples, 872);
  assert.equal(result.figures.accuracy! * 872, 484);
  assert.equal(
    result.classes.reduce((sum, { right }) => sum + right, 0),
    484,
  );
});

test("words of several tokens score as they do written out, one sequence each", { skip }, async () => {
  const { names, rows } = await model("imdb-lm");
  const tokenizer = loadTokenizer(join(data, "imdb-lm"));
  const inputs = { inputs: names, maxLength: 128 };
  const words = ["good", "not very good", "not very", "really bad"];
  const prompts = promptTask(tokenizer, inputs, {
    template: "{text} it was",
    classes: ["a", "b", "c", "d"],
    words,
  });
  const language = languageTask(tokenizer, inputs, { prompt: "{text} it was", text: " {word}" });
  const texts = ["i saw this film .", "a movie"];
  const batch = prompts.encode(texts.map((text) => example({ text }, 0)));
  // "not very" and "good" are judged along the way of "not very good": two sequences, and four rows, for four words.
  assert.equal(batch.feeds.input_ids!.dims[0], 2 * texts.length);
  assert.deepEqual([...batch.rowCounts], [4, 4]);
  const found = prompts.predict(batch, await rows(batch));
  for (const [i, text] of texts.entries()) {
    const own = language.encode(words.map((word) => example({ text, word })));
    const apart = language.predict(own, await rows(own));
    const scores = apart.map(({ logLikelihood, tokens }) => logLikelihood / tokens.length);
    expectClose(found[i]!.scores, scores, 1e-5);
    assert.equal(found[i]!.label, scores.indexOf(Math.max(...scores)));
  }
});

test("the masked model ranks words as the reference does", { skip }, async () => {
  const { names, rows } = await model("imdb-bert");
  const known = JSON.parse(readFileSync(join(data, "imdb-bert/imdb-bert-reference.json"), "utf8"))
    .maskedPredictions as {
    sentence: string;
    ids: number[];
    top8: string[];
  }[];
  const tokenizer = loadTokenizer(join(data, "imdb-bert"));
  const inputs = { inputs: names, maxLength: 128 };
  let compared = 0;
  for (const { sentence, ids, top8 } of known.filter((one) =>
    one.top8.every((word) => !word.startsWith("##")),
  )) {
    const [left, right] = sentence.split("[MASK]");
    const classes = [...top8].reverse();
    const task = promptTask(tokenizer, inputs, {
      template: "{left} {mask} {right}",
      classes,
      words: classes,
    });
    const batch = task.encode([example({ left: left!, right: right! })]);
    assert.deepEqual([...(batch.feeds.input_ids?.data ?? [])].map(Number), ids);
    const [{ scores, label } = { scores: [], label: -1 }] = task.predict(batch, await rows(batch));
    assert.equal(label, 7);
    for (let i = 1; i < 8; i++) assert.ok(scores[i]! > scores[i - 1]!, `${classes[i]} in "${sentence}"`);
    compared += 1;
  }
  assert.ok(compared >= 4);
});

test("padding changes no logits that the loss reads", {
  skip,
}, async () => {
  const { names, rows } = await model("imdb-bert");
  const tokenizer = loadTokenizer(join(data, "imdb-bert"));
  const options = { template: "{text} it was {mask} .", classes: ["0", "1"], words: ["terrible", "great"] };
  const examples = ["i loved it", "this was the worst film of the year , and i have seen many"].map((text) =>
    example({ text }, 0),
  );
  const task = promptTask(tokenizer, { inputs: names, maxLength: 128 }, options);
  const padded = promptTask(tokenizer, { inputs: names, maxLength: 128, multiple: 32 }, options);
  const together = task.encode(examples);
  const wide = padded.encode(examples);
  assert.deepEqual(wide.feeds.input_ids!.dims, [2, 32]);
  const [short, long] = [await rows(together), await rows(wide)];
  expectClose(long, short, 1e-4); // the same sums, blocked another way
  const alone = task.encode(examples.slice(0, 1));
  expectClose(await rows(alone), short.subarray(0, short.length / 2), 1e-4);
});

test("the image classifier gets 915 of 1000 test images right, as its page says", { skip }, async () => {
  const session = await ort.InferenceSession.create(join(data, "vision/cifar10-resnet20.onnx"), {
    logSeverityLevel: 3,
  });
  const shape = { channels: 3, height: 32, width: 32 };
  const [input = "", output = ""] = [session.inputNames[0], session.outputNames[0]];
  const task = imageTask({
    input,
    shape,
    classes: CIFAR10_NAMES,
    scale: 1 / 255,
    mean: [0.485, 0.456, 0.406],
    deviation: [0.229, 0.224, 0.225],
  });
  const examples = imageExamples(loadImages(join(data, "vision/cifar10-test-1000.bin"), shape));
  const tally = task.tally();
  for (let i = 0; i < examples.length; i += 100) {
    const batch = task.encode(examples.slice(i, i + 100));
    const { data: pixels, dims } = batch.feeds[input]!;
    const found = (await session.run({ [input]: new ort.Tensor("float32", pixels, dims) }))[output]?.data;
    assert.ok(found instanceof Float32Array);
    tally.add(batch, found);
  }
  const { figures, classes } = tally.result();
  assert.equal(figures.accuracy! * 1000, 915);
  assert.deepEqual(
    classes.map(({ right }) => right),
    [89, 87, 84, 92, 83, 73, 102, 101, 101, 103],
  );
});
