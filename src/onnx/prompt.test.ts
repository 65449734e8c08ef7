/** Learned tokens in models that somebody else exported. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { expectClose, expectSame } from "../../test/expect-close.ts";
import { expectChecked } from "../../test/onnx-checker.ts";
import { largest, modelOf, noModels, numbers, runOnce, textFeeds } from "../../test/onnx-models.ts";
import { Parameters } from "../parameters/index.ts";
import { bake } from "./bake.ts";
import { graphOf, type OnnxModel } from "./model.ts";
import { addPrompt, PROMPT } from "./prompt.ts";

const skip = noModels;
const rowsOf = (below: number): number[][] => [
  [2, 17, 40, 99, 7, 3].map((id) => id % below),
  [5, 6, 7, 8, 9, 10].map((id) => id % below),
];

for (const name of ["imdb-lm", "imdb-bert", "stories260k"]) {
  test(`${name}: rows without a learned token come out bit for bit`, { skip }, async () => {
    const model = modelOf(name);
    const feeds = textFeeds(model, rowsOf(500));
    const cut = await addPrompt(model, { tokens: 3 });
    const [before, after] = [await runOnce(model, feeds), await runOnce(cut, feeds)];
    for (const output of Object.keys(before))
      expectSame(numbers(after, output), numbers(before, output), output);
    await expectChecked(cut.model);
  });

  test(`${name}: learned tokens that start as real ones are those, wherever they stand, baked too`, {
    skip,
  }, async () => {
    const model = modelOf(name);
    const real = [11, 300, 42];
    const cut = await addPrompt(model, { tokens: 3, init: real });
    const learned = real.map((_, p) => cut.vocabulary + p);
    const plain = textFeeds(model, [
      [4, ...real, 8],
      [9, 1, 2, 42, 11],
    ]);
    const placed = textFeeds(model, [
      [4, ...learned, 8],
      [9, 1, 2, learned[2]!, learned[0]!],
    ]);
    const expected = numbers(await runOnce(model, plain));
    expectSame(numbers(await runOnce(cut, placed)), expected, "logit");
    const baked = await bake(cut.model, cut.parameters);
    expectSame(numbers(await runOnce(baked, placed)), expected, "baked logit");
    expectSame(numbers(await runOnce(baked, plain)), expected, "baked logit of real tokens");
    assert.deepEqual(inputs(baked), inputs(model));
    await expectChecked(baked);
  });
}

test("candidates in a stack are those that come alone", { skip }, async () => {
  const model = modelOf("imdb-lm");
  const stacked = await addPrompt(model, { tokens: 2, seed: 1, stacked: true });
  const one = stacked.parameters.get(PROMPT).data;
  const other = (await addPrompt(model, { tokens: 2, seed: 2 })).parameters.get(PROMPT).data;
  assert.notDeepEqual(one, other);
  const both = Parameters.from({
    [PROMPT]: { shape: [4, 256], data: Float32Array.from([...one, ...other]) },
  });
  const v = stacked.vocabulary;
  const feeds = textFeeds(model, [
    [v, v + 1, 30, 31],
    [v + 2, v + 3, 30, 31],
  ]);
  const together = numbers(await runOnce(stacked, feeds, both));
  const half = together.length / 2;
  for (const [k, data] of [one, other].entries()) {
    const alone = await addPrompt(model, { tokens: 2, init: data });
    const logits = numbers(await runOnce(alone, textFeeds(model, [[v, v + 1, 30, 31]])));
    expectClose(
      together.subarray(k * half, (k + 1) * half),
      logits,
      1e-5 * largest(logits),
      `candidate ${k}`,
    );
  }
});

test("what cannot be is refused in one sentence", { skip }, async () => {
  const model = modelOf("imdb-lm");
  await assert.rejects(addPrompt(model, { tokens: 0 }), {
    code: "OPTION",
    message: /tokens must be a whole/,
  });
  await assert.rejects(addPrompt(model, { tokens: 2, init: [1, 9000] }), {
    code: "OPTION",
    message: /init must be 2 ids below 8192/,
  });
  await assert.rejects(addPrompt(modelOf("vision/mnist-cnn.onnx"), { tokens: 2 }), {
    code: "DATA",
    message: /found no token embeddings in a graph with inputs/,
  });
  const cut = await addPrompt(model, { tokens: 2 });
  await assert.rejects(addPrompt(cut.model, { tokens: 2 }), { message: /already/ });
  const v = cut.vocabulary;
  await assert.rejects(runOnce(cut, textFeeds(model, [[v + 2, 3]])), {
    message: /takes row 2 of a table of 2 rows/,
  });
});

const inputs = (model: OnnxModel): string[] => graphOf(model).input.map(({ name }) => name);
