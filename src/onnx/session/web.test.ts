/** Sessions of onnxruntime-web, as far as Node can run them; test/finetune-page has them in a browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { GraphProtoSchema, ModelProtoSchema, OperatorSetIdProtoSchema } from "onnx-buf";
import * as ort from "onnxruntime-web/wasm";
import { Parameters } from "../../parameters/index.ts";
import type { Uploaded } from "../../run/kernels.ts";
import type { OnnxModel } from "../model.ts";
import { node, valueInfo } from "../node.ts";
import { onnxObjective } from "./objective.ts";
import { openWebSession } from "./web.ts";

/** y = x w, of whole numbers: exact wherever it is computed. */
function product(): OnnxModel {
  const graph = create(GraphProtoSchema, {
    name: "product",
    node: [node("MatMul", ["x", "w"], "y")],
    input: [valueInfo("x", ["n", 2]), valueInfo("w", [2, 3])],
    output: [valueInfo("y", ["n", 3])],
  });
  const opsetImport = [create(OperatorSetIdProtoSchema, { version: 17n })];
  return { proto: create(ModelProtoSchema, { irVersion: 8n, graph, opsetImport }) };
}

const weights = (): Parameters =>
  Parameters.from({ w: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) } });
const x = { type: "float32", shape: [1, 2], data: Float32Array.of(10, 1) } as const;

test("WebAssembly: what changes in bound arrays, by hand or by a point, changes the next run", async () => {
  const session = await openWebSession(ort, product());
  assert.equal(session.provider, "wasm");
  assert.equal(session.device, undefined);
  const parameters = weights();
  session.bind(parameters);
  const y = async () => [...((await session.run({ x })).y?.data ?? [])].map(Number);
  assert.deepEqual(await y(), [14, 25, 36]);
  parameters.get("w").data[0] = -1;
  assert.deepEqual(await y(), [-6, 25, 36]);
  const f = onnxObjective(session, async () => (await y()).reduce((sum, one) => sum + one, 0));
  const { signal } = new AbortController();
  assert.equal(await f(Float64Array.of(1, 1, 1, 0, 0, 0), { step: 0, batch: 0, signal }), 30);
  await session.close();
});

test("buffers without a device, WebGPU where there is none, and another provider are refused in a sentence", async () => {
  const session = await openWebSession(ort, product());
  const uploaded: Uploaded = { arrays: [], tensors: [], async download() {}, free() {} };
  assert.throws(() => session.bind(weights(), uploaded), {
    code: "OPTION",
    message: /buffers need a session on "webgpu"/,
  });
  await session.close();
  await assert.rejects(openWebSession(ort, product(), { provider: "webgpu" }), {
    code: "BACKEND",
    message: /there is no WebGPU here.*Open with provider wasm/,
  });
  await assert.rejects(openWebSession(ort, product(), { provider: "cpu" as never }), {
    code: "OPTION",
    message: /"wasm" or "webgpu", got "cpu"/,
  });
});
