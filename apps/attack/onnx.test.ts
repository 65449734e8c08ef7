import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type TinyModel, tinyOnnx } from "../../test/tiny-onnx.ts";
import { predictions } from "./classifier.ts";
import { loadClassifier } from "./onnx.ts";

const folder = mkdtempSync(join(tmpdir(), "relizo-onnx-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function saved(model: TinyModel): string {
  const path = join(folder, "model.onnx");
  writeFileSync(path, tinyOnnx(model));
  return path;
}

/** Three pictures of 1 x 2 x 2. */
const pixels = Float32Array.of(-0.5, -0.25, 0, 0.5, 0.125, 0, 0, 0, 0, 0.375, -0.125, 0.25);
const plain = { mean: [0.5], std: [1], threads: 1 };

test("an open batch is answered in one run, a fixed one in as many as it takes, with equal scores", async () => {
  for (const batch of ["n", 1, 2, 3, 7]) {
    const classifier = await loadClassifier(saved({ input: [batch, 1, 2, 2] }), plain);
    assert.deepEqual(classifier.shape, { channels: 1, height: 2, width: 2 });
    assert.equal(classifier.classes, 4);
    assert.deepEqual([...(await classifier.scores(pixels, 3))], [...pixels], `batch ${batch}`);
    assert.deepEqual([...(await classifier.scores(pixels.subarray(4, 8), 1))], [...pixels.subarray(4, 8)]);
  }
});

test("a model whose batch is open in name only is asked one by one", async () => {
  const classifier = await loadClassifier(saved({ input: ["n", 1, 2, 2], alone: true }), plain);
  assert.deepEqual([...(await classifier.scores(pixels, 3))], [...pixels]);
});

test("what does not fit one run is split", async () => {
  const classifier = await loadClassifier(saved({ input: ["n", 1, 2, 2] }), plain);
  const many = Float32Array.from({ length: 4 * 300 }, (_, i) => (i % 101) / 128 - 0.375); // exact in float32
  assert.deepEqual([...(await classifier.scores(many, 300))], [...many]);
});

test("pixels are normalized channel by channel", async () => {
  const options = { mean: [0.5, 0.25], std: [1, 0.5] };
  const classifier = await loadClassifier(saved({ input: ["n", 2, 1, 2] }), options);
  const scores = await classifier.scores(Float32Array.of(0, 0.5, -0.5, 0.25), 1);
  assert.deepEqual([...scores], [0, 0.5, -0.5, 1]); // (0.25 + 0.5 - 0.25) / 0.5 = 1, and so on, exact in float32
});

test("scores are found behind an output of class numbers", async () => {
  const classifier = await loadClassifier(saved({ input: ["n", 1, 2, 2], classFirst: true }), plain);
  assert.deepEqual([...(await classifier.scores(pixels, 3))], [...pixels]);
});

test("a size that the model leaves open is taken from the caller", async () => {
  const path = saved({ input: ["n", 1, "height", "width"] });
  await assert.rejects(loadClassifier(path), { code: "DATA", message: /--size CxHxW/ });
  const shape = { channels: 1, height: 3, width: 2 };
  assert.equal((await loadClassifier(path, { ...plain, shape })).classes, 6);
});

test("probabilities are seen as such, and their logarithms differ as the logits do", async () => {
  const logits = await loadClassifier(saved({ input: ["n", 1, 2, 2] }), plain);
  const probabilities = await loadClassifier(saved({ input: ["n", 1, 2, 2], follow: "Softmax" }), plain);
  const differences = (scores: Float32Array): number[] =>
    Array.from(scores, (score, i) => score - scores[i - (i % 4)]!);
  const [one, other] = [await logits.scores(pixels, 3), await probabilities.scores(pixels, 3)].map(
    differences,
  );
  one!.forEach((difference, i) => {
    assert.ok(Math.abs(difference - other![i]!) <= 2 ** -20, `score ${i}`); // a few float32 roundings of numbers below 2
  });
});

test("what is no such model is refused by name, with the reason", async () => {
  const cases: readonly (readonly [TinyModel, RegExp])[] = [
    [{ input: ["n", 4] }, /takes float32 \[n, 4\] as "pixels"; one float32 input \[batch, channels/],
    [{ input: ["n", 1, 2, 2], type: "float64" }, /takes float64/],
    [{ input: ["n", 32, 32, 3] }, /channels last/],
    [{ input: ["n", "height", "width", 3] }, /channels last/],
    [
      { input: ["n", 2, 2, 2], flat: false },
      /answered 1 pictures with float32 \[1, 2, 2, 2\]; float32 \[batch/,
    ],
    [
      { input: ["n", 1, 2, 2], follow: "MatMul" },
      /cannot be run on float32 \[batch, 1, 2, 2\]: .*batch fixed/,
    ],
  ];
  for (const [model, message] of cases)
    await assert.rejects(loadClassifier(saved(model)), { name: "RelizoError", code: "DATA", message });
  const path = join(folder, "text.onnx");
  writeFileSync(path, "this is no model");
  await assert.rejects(loadClassifier(path), { code: "DATA", message: /cannot be loaded as an ONNX model/ });
  await assert.rejects(loadClassifier(join(folder, "none.onnx")), {
    code: "DATA",
    message: /none\.onnx" cannot be read/,
  });
});

test("wrong options are refused", async () => {
  const path = saved({ input: ["n", 3, 2, 2] });
  await assert.rejects(loadClassifier(path, { mean: [0.1, 0.2] }), {
    code: "OPTION",
    message: /3 channels.*got 0.1, 0.2/,
  });
  await assert.rejects(loadClassifier(path, { std: [0] }), {
    code: "OPTION",
    message: /std must be positive/,
  });
  for (const threads of [-1, 1_000_000])
    await assert.rejects(loadClassifier(path, { threads }), { code: "OPTION", message: /threads/ });
  await assert.rejects(loadClassifier(path, { outputs: "probabilities" }), {
    code: "OPTION",
    message: /no probabilities/,
  });
  const shape = { channels: 3, height: 4, width: 4 };
  await assert.rejects(loadClassifier(path, { shape }), {
    code: "SHAPE",
    message: /3 x 2 x 2, not 3 x 4 x 4/,
  });
});

test("the prediction is the class of highest score, the first where two tie", () => {
  assert.deepEqual(predictions(Float32Array.of(1, 3, 2, -1, -1, -2), 3), [1, 0]);
});
