/** Classes from hidden states: pooled and multiplied here once more, from hidden states that the exported model puts out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { expectClose, expectSame, gamma } from "../../test/expect-close.ts";
import { expectChecked } from "../../test/onnx-checker.ts";
import { modelOf, noModels, numbers, pastOf, runOnce, textFeeds } from "../../test/onnx-models.ts";
import { bake } from "./bake.ts";
import { addHead, BIAS, CLASSES, type Pool, WEIGHT } from "./classifier.ts";
import { graphOf } from "./model.ts";
import { keepOutputs } from "./outputs.ts";

const skip = noModels;
const ROWS = [
  [2, 17, 40, 99, 0],
  [5, 6, 7, 8, 9],
  [0, 0, 11, 12, 13],
];
const MASK = [1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1];
const LAST = [3, 4, 4];
const HIDDEN = 256;

/** What a pooling is, in float64: [3, hidden]. */
function pooled(states: Float32Array, pool: Pool): number[][] {
  const at = (row: number, place: number): number[] => [
    ...states.subarray((row * 5 + place) * HIDDEN, (row * 5 + place + 1) * HIDDEN),
  ];
  return ROWS.map((ids, row) => {
    if (pool === "cls") return at(row, 0);
    if (pool === "last") return at(row, LAST[row]!);
    const real = ids.flatMap((_, place) => (MASK[row * 5 + place] ? [at(row, place)] : []));
    return at(row, 0).map((_, i) => real.reduce((sum, state) => sum + state[i]!, 0) / real.length);
  });
}

for (const pool of ["cls", "last", "mean"] as const)
  test(`classes from ${pool} of BERT's hidden states`, { skip }, async () => {
    const model = modelOf("imdb-bert");
    const feeds = textFeeds(model, ROWS, { mask: MASK });
    const before = await runOnce(model, feeds);
    const cut = addHead(model, { classes: 3, pool, seed: 5 });
    const [weight, bias] = [cut.parameters.get(WEIGHT), cut.parameters.get(BIAS)];
    bias.data.set([1, -2, 3]);
    const after = await runOnce(cut, feeds);
    expectSame(numbers(after), numbers(before), "logit");
    const states = pooled(numbers(before, "last_hidden_state"), pool);
    let size = 0;
    const expected = states.flatMap((state) =>
      [0, 1, 2].map((k) => {
        const terms = state.map((x, i) => x * weight.data[k * HIDDEN + i]!);
        size = Math.max(size, terms.reduce((sum, term) => sum + Math.abs(term), 0) + Math.abs(bias.data[k]!));
        return terms.reduce((sum, term) => sum + term, bias.data[k]!);
      }),
    );
    expectClose(numbers(after, CLASSES), expected, gamma(HIDDEN + 8, 2 ** -24) * size, "class score");
    await expectChecked(cut.model);
    const baked = await bake(cut.model, cut.parameters);
    expectSame(numbers(await runOnce(baked, feeds), CLASSES), numbers(after, CLASSES), "baked class score");
    assert.deepEqual(graphOf(baked).input.length, graphOf(model).input.length);
    const few = keepOutputs(cut.model, CLASSES);
    assert.ok(graphOf(few).node.length < graphOf(cut.model).node.length);
    const alone = await runOnce({ model: few, parameters: cut.parameters }, feeds);
    assert.deepEqual(Object.keys(alone), [CLASSES]);
    expectSame(numbers(alone, CLASSES), numbers(after, CLASSES), "class score alone");
    await expectChecked(few);
  });

test("a language model's classes come from what its last matrix takes, behind a past too", {
  skip,
}, async () => {
  const model = modelOf("imdb-lm");
  const cut = addHead(model, { classes: 2 });
  assert.deepEqual(cut.parameters.get(WEIGHT).shape, [2, 256]);
  const feeds = textFeeds(model, [[2, 17, 40, 0]], { mask: [1, 1, 1, 0] });
  const padded = await runOnce(cut, feeds);
  const alone = await runOnce(cut, textFeeds(model, [[2, 17, 40]]));
  const [a, b] = [numbers(padded, CLASSES), numbers(alone, CLASSES)];
  expectClose(a, b, 1e-5, "class score"); // scores of size 0.3
  assert.ok(Math.abs(b[0]! - b[1]!) > 1e-3);
  const first = await runOnce(cut, textFeeds(model, [[2, 17]]));
  const rest = textFeeds(model, [[40, 0]], { past: pastOf(first), mask: [1, 1, 1, 0] });
  expectClose(numbers(await runOnce(cut, rest), CLASSES), b, 1e-5, "class score behind a past");
  await expectChecked(cut.model);
});

test("a head that cannot be is refused in one sentence", { skip }, () => {
  const model = modelOf("imdb-lm");
  assert.throws(() => addHead(model, { classes: 1 }), {
    code: "OPTION",
    message: /classes must be a whole number from 2/,
  });
  assert.throws(() => addHead(model, { classes: 2, from: "/norm/Mul_2_output" }), {
    message: /near it "\/norm\/Mul_2_output_0"/,
  });
  assert.throws(() => addHead(modelOf("vision/mnist-cnn.onnx"), { classes: 2 }), {
    code: "DATA",
    message: /found no hidden states/,
  });
});
