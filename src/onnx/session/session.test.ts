/** Sessions against logits that an independent forward pass computed, and the promise that bound arrays are read where they lie. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { dataFolder } from "../../../test/data-folder.ts";
import { minimize, zoSgd } from "../../index.ts";
import { Parameters } from "../../parameters/index.ts";
import { openKernels } from "../../run/kernels.ts";
import { addInput, removeConstants } from "../graph.ts";
import { copyModel, graphOf, type OnnxModel, parseModel } from "../model.ts";
import { valueInfo } from "../node.ts";
import { readFloats, shapeOf } from "../tensor.ts";
import { openNodeSession } from "./node.ts";
import { onnxObjective } from "./objective.ts";
import type { Feeds } from "./session.ts";

const folder = dataFolder();
const skip = folder === undefined && "no data folder: exported models are looked for in ../shared/data";
const file = (path: string): Buffer => readFileSync(join(folder ?? "", path));
const modelOf = (name: string): OnnxModel => parseModel(file(`${name}/model.onnx`), name);

const ints = (values: readonly number[], shape = [1, values.length]) =>
  ({ type: "int64", shape, data: BigInt64Array.from(values, BigInt) }) as const;

/** One row as a LLaMA export takes it, without a past. */
function feedsOf(ids: readonly number[], model: OnnxModel): Feeds {
  const feeds: Record<string, Feeds[string]> = { input_ids: ints(ids) };
  for (const { name, type } of graphOf(model).input) {
    if (name === "attention_mask") feeds[name] = ints(ids.map(() => 1));
    if (name === "position_ids") feeds[name] = ints(ids.map((_, i) => i));
    if (name === "token_type_ids") feeds[name] = ints(ids.map(() => 0));
    if (!name.startsWith("past_key_values") || type?.value.case !== "tensorType") continue;
    const shape = type.value.value.shape?.dim.map(({ value }) =>
      value.case === "dimValue" ? Number(value.value) : 0,
    );
    feeds[name] = { type: "float32", shape: [1, ...(shape ?? []).slice(1)], data: new Float32Array(0) };
  }
  return feeds;
}

interface Reference {
  readonly ids?: readonly number[];
  readonly promptIds?: readonly number[];
  readonly logitsLastFirst16?: readonly number[];
  readonly logitsPos0First16?: readonly number[];
  readonly logitsAtMaskFirst16?: readonly number[];
  readonly maskPosition?: number;
  readonly argmaxPerPosition?: readonly number[];
  readonly tolerance: number;
}

for (const name of ["imdb-lm", "stories260k", "imdb-bert"])
  test(`${name}: logits agree with the reference to its tolerance`, { skip }, async () => {
    const reference: Reference = JSON.parse(file(`${name}/${name}-reference.json`).toString());
    const ids = reference.ids ?? reference.promptIds ?? [];
    const model = modelOf(name);
    const session = await openNodeSession(model, { threads: 1 });
    const { logits } = await session.run(feedsOf(ids, model), ["logits"]);
    assert.ok(logits?.data instanceof Float32Array);
    const { data } = logits;
    const [, length = 0, vocabulary = 0] = logits.shape;
    assert.equal(length, ids.length);
    const row = (at: number): Float32Array => data.subarray(at * vocabulary, (at + 1) * vocabulary);
    const stated = [
      { at: 0, wanted: reference.logitsPos0First16 },
      { at: length - 1, wanted: reference.logitsLastFirst16 },
      { at: reference.maskPosition ?? 0, wanted: reference.logitsAtMaskFirst16 },
    ].flatMap(({ at, wanted = [] }) => wanted.map((value, i) => ({ at, i, value })));
    assert.ok(stated.length >= 16);
    for (const { at, i, value } of stated) {
      const error = Math.abs((row(at)[i] ?? Number.NaN) - value);
      assert.ok(error <= reference.tolerance, `position ${at}, logit ${i}: ${error}`);
    }
    reference.argmaxPerPosition?.forEach((token, at) => {
      assert.equal(row(at).indexOf(row(at).reduce((a, b) => Math.max(a, b))), token, `argmax at ${at}`);
    });
    await session.close();
  });

/** The model with its last norm's scale as an input. */
async function withNorm(): Promise<{ model: OnnxModel; parameters: Parameters; plain: OnnxModel }> {
  const plain = modelOf("stories260k");
  const model = copyModel(plain);
  const graph = graphOf(model);
  const tensor = graph.initializer.find(({ name }) => name === "norm.weight");
  assert.ok(tensor);
  const data = await readFloats(tensor);
  removeConstants(graph, new Set(["norm.weight"]));
  addInput(graph, valueInfo("norm.weight", shapeOf(tensor)));
  return { model, plain, parameters: Parameters.from({ "norm.weight": { shape: shapeOf(tensor), data } }) };
}

test("bound arrays are read where they lie: what changes in them changes what comes out", {
  skip,
}, async () => {
  const { model, plain, parameters } = await withNorm();
  const session = await openNodeSession(model, { threads: 1 });
  const wanted = (): readonly string[] => session.inputs.map(({ name }) => name);
  assert.ok(wanted().includes("norm.weight"));
  assert.deepEqual(
    session.inputs.find(({ name }) => name === "past_key_values.0.key"),
    {
      name: "past_key_values.0.key",
      type: "float32",
      shape: ["batch", 4, "past", 8],
    },
  );
  session.bind(parameters);
  assert.ok(!wanted().includes("norm.weight"));
  const feeds = feedsOf([1, 2, 3], plain);
  const before = (await session.run(feeds, ["logits"])).logits?.data as Float32Array;
  const original = await openNodeSession(plain, { threads: 1 });
  assert.deepEqual(before, (await original.run(feeds, ["logits"])).logits?.data);
  const { data } = parameters.get("norm.weight");
  for (let i = 0; i < data.length; i++) data[i] = data[i]! * 2;
  const after = (await session.run(feeds, ["logits"])).logits?.data as Float32Array;
  after.forEach((value, i) => {
    assert.ok(Math.abs(value - 2 * before[i]!) <= 1e-5 * Math.abs(value), "doubling is exact in float32");
  });
  await Promise.all([session.close(), original.close()]);
});

test("minimize lowers a loss over a session, in place and by points, with as many passes as queries", {
  skip,
}, async () => {
  const { model, plain, parameters } = await withNorm();
  const session = await openNodeSession(model, { threads: 1 });
  session.bind(parameters);
  let passes = 0;
  const f = onnxObjective(session, async (_batch, run) => {
    passes++;
    const { logits } = await run(feedsOf([1, 40, 7], plain), ["logits"]);
    assert.ok(logits?.data instanceof Float32Array);
    return logits.data.reduce((sum, z) => sum + z * z, 0) / 1e4;
  });
  const start = parameters.get("norm.weight").data.slice();
  const points = await minimize(f, start, { maxQueries: 60, seed: 1 });
  assert.equal(passes, points.queries);
  parameters.get("norm.weight").data.set(start);
  const { signal } = new AbortController();
  const first = await f(parameters, { step: 0, batch: 0, signal });
  assert.ok(points.value < first, `${points.value} < ${first}`);
  passes = 0;
  const kernels = await openKernels();
  const moved = await minimize(f, parameters, {
    space: kernels.seeded(),
    maxQueries: 60,
    seed: 1,
    method: zoSgd({ lr: 1e-4 }),
  });
  assert.equal(passes, moved.queries);
  assert.ok(moved.value < first, `${moved.value} < ${first}`);
  assert.notDeepEqual(parameters.get("norm.weight").data, start);
  await session.close();
});

test("what a session cannot do is said in a sentence", { skip }, async () => {
  const { model, plain, parameters } = await withNorm();
  const session = await openNodeSession(model, { threads: 1 });
  const feeds = feedsOf([1, 2], plain);
  await assert.rejects(session.run(feeds), {
    code: "DATA",
    message: /run: the model needs "norm.weight"; got "input_ids"/,
  });
  assert.throws(() => session.bind(Parameters.from({ "norm.bias": new Float32Array(64) })), {
    code: "OPTION",
    message: /"norm.bias" is no input of the model/,
  });
  assert.throws(() => session.bind(Parameters.from({ "norm.weight": new Float32Array(63) })), {
    code: "SHAPE",
  });
  session.bind(parameters);
  const running = session.run(feeds, ["logits"]);
  await assert.rejects(session.run(feeds, ["logits"]), { code: "STATE", message: /one run at a time/ });
  await running;
  await assert.rejects(session.run({ ...feeds, input_ids: ints([99999, 1]) }), { code: "DATA" });
  const f = onnxObjective(session, () => 0);
  await assert.rejects(f(new Float64Array(63), { step: 0, batch: 0, signal: new AbortController().signal }), {
    code: "SHAPE",
    message: /64 numbers/,
  });
  await session.close();
  await assert.rejects(openNodeSession(model, { threads: -1 }), { code: "OPTION" });
});
