/** Scores of chosen rows, against all scores of the same models. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { expectClose, expectSame, gamma } from "../../test/expect-close.ts";
import { expectChecked } from "../../test/onnx-checker.ts";
import { ints, largest, modelOf, noModels, numbers, runOnce, textFeeds } from "../../test/onnx-models.ts";
import { bake } from "./bake.ts";
import { addLora } from "./lora.ts";
import { copyModel, graphOf, type OnnxModel, parseModel } from "./model.ts";
import { node, statedShape } from "./node.ts";
import { addPrefix } from "./prefix/prefix.ts";
import { addPrompt } from "./prompt.ts";
import { selectRows } from "./rows.ts";

const skip = noModels;
const ROWS = [
  [2, 17, 40, 99],
  [5, 6, 7, 8],
];
const PLACES = [
  [1, 3],
  [0, 0],
  [0, 2],
  [1, 3],
] as const;

/** The places' rows of [batch, 4, n]. */
function chosen(all: Float32Array): Float32Array {
  const n = all.length / 8;
  return Float32Array.from(
    PLACES.flatMap(([row, at]) => [...all.subarray((row * 4 + at) * n, (row * 4 + at + 1) * n)]),
  );
}

const places = { row_positions: ints(PLACES.flat(), [4, 2]) };

/** Products of n numbers may be summed in another order: at most this far off, where no partial sum exceeds ten times the largest score. */
const bound = (n: number, scores: Float32Array): number => 2 * 10 * gamma(n, 2 ** -24) * largest(scores);

for (const [name, n] of [
  ["imdb-lm", 256],
  ["imdb-bert", 256],
  ["stories260k", 64],
] as const)
  test(`${name}: chosen rows are those of all, before the head, and baking gives all again`, {
    skip,
  }, async () => {
    const model = modelOf(name);
    const feeds = textFeeds(model, ROWS);
    const all = numbers(await runOnce(model, feeds));
    const cut = selectRows(model);
    assert.ok(cut.spared);
    const found = await runOnce(cut, { ...feeds, ...places });
    const expected = chosen(all);
    expectClose(numbers(found), expected, bound(n, expected), "score");
    assert.deepEqual(found.logits?.shape, [4, all.length / 8]);
    await expectChecked(cut.model);
    const baked = await bake(cut.model, cut.parameters);
    expectSame(numbers(await runOnce(baked, feeds)), all, "baked score");
    assert.deepEqual(shapes(baked), shapes(model));
  });

test("rows of prompt, prefix and LoRA, adapters of the head among them", { skip }, async () => {
  const model = modelOf("imdb-lm");
  const lora = await addLora(model, { targets: ["**.q_proj", "lm_head"], rank: 2, alpha: 4 });
  for (const { data, name } of lora.parameters)
    if (name.includes("lora_B")) data.set(data.map((_, i) => Math.sin(i) / 8));
  const prompt = await addPrompt(model, { tokens: 2 });
  for (const cut of [lora, prompt, await addPrefix(model, { tokens: 2 })]) {
    const feeds = textFeeds(model, cut === prompt ? ROWS.map((row) => [8192, 8193, ...row.slice(2)]) : ROWS);
    const expected = chosen(numbers(await runOnce(cut, feeds)));
    const rows = selectRows(cut.model);
    assert.ok(rows.spared);
    const found = numbers(await runOnce(rows, { ...feeds, ...places }, cut.parameters));
    expectClose(found, expected, bound(256, expected), "score");
    await expectChecked(rows.model);
    const baked = numbers(await runOnce(await bake(rows.model, cut.parameters), feeds));
    expectClose(chosen(baked), expected, 1e-5 * largest(expected), "baked score");
  }
});

test("a head on rows of a batch and its sequences at once, as GPT-2 exports have matrices", async () => {
  const model = parseModel(readFileSync(new URL("../../test/onnx-forms/gpt2.onnx", import.meta.url)));
  const feeds = { input_ids: ints([1, 2, 3, 4, 5, 6, 7, 8], [2, 4]) };
  const expected = chosen(numbers(await runOnce(model, feeds)));
  const cut = selectRows(model);
  assert.ok(cut.spared);
  expectClose(numbers(await runOnce(cut, { ...feeds, ...places })), expected, bound(8, expected), "score");
});

test("a head behind hundreds of sums of sums is found", { skip }, () => {
  const model = copyModel(modelOf("stories260k"));
  const { node: nodes } = graphOf(model);
  const head = nodes.find(({ output }) => output[0] === "logits");
  assert.ok(head?.input[0]);
  for (let i = 0; i < 200; i++) {
    nodes.push(node("Add", [head.input[0], head.input[0]], `sum ${i}`));
    head.input[0] = `sum ${i}`;
  }
  assert.ok(selectRows(model).spared); // a search of all ways would take 2^200 steps
});

test("outputs without a matrix before them are gathered themselves", { skip }, async () => {
  const model = modelOf("imdb-bert");
  const feeds = textFeeds(model, ROWS);
  const expected = chosen(numbers(await runOnce(model, feeds), "last_hidden_state"));
  const cut = selectRows(model, { output: "last_hidden_state" });
  assert.ok(!cut.spared);
  const found = await runOnce(cut, { ...feeds, ...places });
  expectSame(numbers(found, "last_hidden_state"), expected, "number");
  assert.equal(found.logits?.shape.length, 3, "the head goes on taking all rows");
  await expectChecked(cut.model);
  const baked = await runOnce(await bake(cut.model, cut.parameters), feeds);
  expectSame(chosen(numbers(baked, "last_hidden_state")), expected, "baked number");
});

test("outputs that have no rows are refused", { skip }, () => {
  const model = modelOf("vision/mnist-cnn.onnx");
  assert.throws(() => selectRows(modelOf("imdb-lm"), { output: "logit" }), { message: /near it "logits"/ });
  assert.throws(() => selectRows(model), { code: "OPTION", message: /has shape \[|matches none/ });
});

const shapes = (model: OnnxModel): unknown =>
  [...graphOf(model).input, ...graphOf(model).output].map((value) => [value.name, statedShape(value)]);
