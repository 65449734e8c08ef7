/** The weights of models that somebody else exported, counted against their configurations, and names that exporters made up. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { dataFolder } from "../../test/data-folder.ts";
import { encodeModel, parseModel } from "./model.ts";
import { parameters } from "./parameters.ts";

const folder = dataFolder();
const skip = folder === undefined && "no data folder: exported models are looked for in ../shared/data";

function weights(file: string) {
  return parameters(parseModel(readFileSync(join(folder ?? "", file)), file));
}

const total = (of: readonly { readonly count: number }[]): number =>
  of.reduce((sum, { count }) => sum + count, 0);

test("a LLaMA export has the weights of its configuration, and the head apart from the embedding", {
  skip,
}, () => {
  const found = weights("imdb-lm/model.onnx");
  const [hidden, inner, layers, vocabulary] = [256, 704, 4, 8192]; // config.json
  const layer = 4 * hidden * hidden + 3 * hidden * inner + 2 * hidden;
  assert.equal(total(found), layers * layer + hidden + 2 * vocabulary * hidden);
  assert.ok(found.every(({ trainable, why }) => trainable && why === ""));
  const names = found.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.ok(!names.includes("inv_freq"), "frequencies of positions are no weight");
  for (const module of ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"])
    for (let i = 0; i < layers; i++)
      assert.ok(names.includes(`layers.${i}.${module}.weight`), `${module} of ${i}`);
  const query = found.find(({ name }) => name === "layers.0.q_proj.weight");
  assert.equal(query?.initializer, "onnx::MatMul_636");
  assert.deepEqual(query?.shape, [256, 256]);
});

test("a BERT export has the weights of its configuration", { skip }, () => {
  const found = weights("imdb-bert/model.onnx");
  const [hidden, inner, layers, vocabulary, positions] = [256, 1024, 4, 8192, 128]; // config.json
  const layer = 4 * (hidden * hidden + hidden) + 2 * hidden * inner + inner + hidden + 4 * hidden;
  const embeddings = (vocabulary + positions + 2) * hidden + 2 * hidden;
  const head = hidden * hidden + hidden + 2 * hidden + hidden * vocabulary + vocabulary;
  assert.equal(total(found), layers * layer + embeddings + head);
});

test("statistics of a batch normalization are listed, and not trainable", { skip }, () => {
  const found = weights("vision/cifar10-resnet20.onnx");
  const still = found.filter(({ trainable }) => !trainable);
  assert.ok(still.length > 0 && still.every(({ name }) => /running_(?:mean|var)$/.test(name)));
  assert.ok(still.every(({ why }) => /running statistics/.test(why)));
  assert.equal(found.filter(({ name }) => /running/.test(name)).length, still.length);
});

test("a model's bytes come back bit for bit", { skip }, () => {
  const bytes = readFileSync(join(folder ?? "", "stories260k/model.onnx"));
  assert.ok(bytes.equals(encodeModel(parseModel(bytes))));
});

test("what is no ONNX model is refused by name", () => {
  for (const [bytes, name] of [
    [new Uint8Array(0), "empty.onnx"],
    [new TextEncoder().encode('{ "model_type": "llama" }'), "config.json"],
    [new Uint8Array([8, 7, 18, 0]), "no-graph.onnx"],
  ] as const)
    assert.throws(() => parseModel(bytes, name), {
      code: "DATA",
      message: new RegExp(`^${name} is not an ONNX model`),
    });
});
