/** Learned keys and values in models that somebody else exported. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { expectClose, expectSame } from "../../../test/expect-close.ts";
import { expectChecked } from "../../../test/onnx-checker.ts";
import {
  floats,
  largest,
  modelOf,
  noModels,
  numbers,
  type Past,
  pastOf,
  runOnce,
  textFeeds,
} from "../../../test/onnx-models.ts";
import { Parameters } from "../../parameters/index.ts";
import { bake } from "../bake.ts";
import { copyModel, graphOf, type OnnxModel } from "../model.ts";
import { statedShape, valueInfo } from "../node.ts";
import { Patch } from "../patch.ts";
import { prefixActivations, type RunModel } from "./activations.ts";
import { attentionForm, throughAttention } from "./attention.ts";
import { PREFIX, tokensOf } from "./layout.ts";
import { movePositions } from "./past.ts";
import { addPrefix } from "./prefix.ts";

const skip = noModels;
const BEFORE = [2, 41, 300];
const ROWS = [
  [17, 40, 99, 7],
  [5, 6, 7, 8],
];
const run: RunModel = (model, feeds) => runOnce(model, feeds);

/** The past of each row of a batch of two. */
function twice(past: Past): Past {
  return Object.fromEntries(
    Object.entries(past).map(([name, { data, shape }]) => {
      if (!(data instanceof Float32Array)) throw new Error(`${name} is no float32`);
      return [name, floats(Float32Array.from([...data, ...data]), [2, ...shape.slice(1)])];
    }),
  );
}

for (const name of ["imdb-lm", "stories260k"]) {
  test(`${name}: a prefix of real activations is those tokens as a past, bit for bit`, { skip }, async () => {
    const model = modelOf(name);
    const past = pastOf(await runOnce(model, textFeeds(model, [BEFORE])));
    const expected = await runOnce(model, textFeeds(model, ROWS, { past: twice(past) }));
    const init = await prefixActivations(model, BEFORE, run);
    const cut = await addPrefix(model, { tokens: 3, init });
    assert.equal(cut.through, "past");
    const feeds = textFeeds(model, ROWS);
    const found = await runOnce(cut, feeds);
    expectSame(numbers(found), numbers(expected), "logit");
    assert.deepEqual(found["present.0.key"]?.shape, [2, 4, 4, cut.shape.size], "as without a prefix");
    await expectChecked(cut.model);
    const baked = await bake(cut.model, cut.parameters);
    expectSame(numbers(await runOnce(baked, feeds)), numbers(expected), "baked logit");
    assert.deepEqual(signature(baked), signature(model));
    await expectChecked(baked);
  });

  test(`${name}: what comes out, fed back, goes on as the whole sequence does`, { skip }, async () => {
    const model = modelOf(name);
    const cut = await addPrefix(model, { tokens: 5, seed: 3 });
    const all = numbers(await runOnce(cut, textFeeds(model, [[17, 40, 99, 7]])));
    const first = await runOnce(cut, textFeeds(model, [[17, 40, 99]]));
    const next = numbers(await runOnce(cut, textFeeds(model, [[7]], { past: pastOf(first) })));
    const last = all.subarray(all.length - next.length);
    expectClose(next, last, 1e-5 * largest(last), "logit");
    const plain = numbers(await runOnce(model, textFeeds(model, [[17, 40, 99, 7]])));
    assert.ok(largest(all.map((value, i) => value - plain[i]!)) > 1e-3, "the prefix is attended to");
  });

  test(`${name}: rows padded on the left are as without the padding`, { skip }, async () => {
    const model = modelOf(name);
    const cut = await addPrefix(model, { tokens: 4, seed: 8 });
    const feeds = textFeeds(model, [[0, 0, 17, 40]], { mask: [0, 0, 1, 1], from: -2 });
    const padded = numbers(await runOnce(cut, feeds));
    const alone = numbers(await runOnce(cut, textFeeds(model, [[17, 40]])));
    expectClose(padded.subarray(padded.length / 2), alone, 1e-5 * largest(alone), "logit");
  });
}

for (const name of ["imdb-lm", "stories260k", "imdb-bert"])
  test(`${name}: without prefix tokens the outputs are the exported ones, bit for bit`, {
    skip,
  }, async () => {
    const model = modelOf(name);
    const cut = await addPrefix(model, { tokens: 1 });
    const width = cut.parameters.get(PREFIX).shape[1] ?? 0;
    const none = Parameters.from({ [PREFIX]: { shape: [0, width], data: new Float32Array(0) } });
    const feeds = textFeeds(model, ROWS);
    const [before, after] = [await runOnce(model, feeds), await runOnce(cut, feeds, none)];
    for (const output of Object.keys(before))
      expectSame(numbers(after, output), numbers(before, output), output);
  });

for (const name of ["imdb-lm", "stories260k"])
  test(`${name}: beside its attentions a prefix does what it does as a past`, { skip }, async () => {
    const model = modelOf(name);
    const cut = await addPrefix(model, {
      tokens: 5,
      init: await prefixActivations(model, [2, 3, 4, 5, 6], run),
    });
    const copy = copyModel(model);
    const patch = new Patch(copy);
    const form = attentionForm("test", patch.index, {});
    assert.deepEqual(form.shape, cut.shape);
    patch.input(valueInfo(PREFIX, ["prefix_tokens", cut.parameters.get(PREFIX).shape[1] ?? 0]));
    throughAttention(patch, form);
    movePositions(patch, tokensOf(patch));
    patch.done();
    const feeds = textFeeds(model, ROWS, { mask: [1, 1, 1, 1, 0, 1, 1, 1] });
    const expected = numbers(await runOnce(cut, feeds));
    const found = numbers(await runOnce({ model: copy, parameters: cut.parameters }, feeds));
    expectClose(found, expected, 1e-5 * largest(expected), "logit"); // softmax over the same scores, summed in one order
    await expectChecked(copy);
  });

test("imdb-bert: a prefix stands beside the attentions, baked too, and rows padded behind are as without the padding", {
  skip,
}, async () => {
  const model = modelOf("imdb-bert");
  const init = await prefixActivations(model, BEFORE, run);
  const cut = await addPrefix(model, { tokens: 3, init });
  assert.equal(cut.through, "attention");
  assert.deepEqual(cut.shape, { layers: 4, heads: 4, size: 64 });
  const feeds = textFeeds(model, ROWS, { mask: [1, 1, 1, 1, 1, 1, 1, 0] });
  const found = numbers(await runOnce(cut, feeds));
  await expectChecked(cut.model);
  const baked = await bake(cut.model, cut.parameters);
  expectSame(numbers(await runOnce(baked, feeds)), found, "baked logit");
  assert.deepEqual(signature(baked), signature(model));
  await expectChecked(baked);
  const alone = numbers(await runOnce(cut, textFeeds(model, [ROWS[1]!.slice(0, 3)])));
  const padded = found.subarray(found.length / 2, (found.length / 8) * 7);
  expectClose(padded, alone, 1e-5 * largest(alone), "logit of a padded row");
});

test("what takes no prefix is refused in one sentence", { skip }, async () => {
  const model = modelOf("imdb-lm");
  await assert.rejects(addPrefix(model, { tokens: 2, init: new Float32Array(7) }), {
    code: "SHAPE",
    message: /init must be a Float32Array of 2 x 2048 numbers/,
  });
  await assert.rejects(addPrefix(modelOf("vision/cifar10-resnet20.onnx"), { tokens: 2 }), {
    code: "DATA",
    message: /found no attention in the graph's \d+ nodes/,
  });
  const cut = await addPrefix(model, { tokens: 2 });
  await assert.rejects(addPrefix(cut.model, { tokens: 2 }), { message: /has "prompt_embeddings" already/ });
});

function signature(model: OnnxModel): unknown {
  const { input, output } = graphOf(model);
  return [...input, ...output].map((value) => [value.name, statedShape(value)]);
}
