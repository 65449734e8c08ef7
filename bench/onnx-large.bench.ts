/**
 * A model of more than 2 GiB: opened, written elsewhere, its weights exposed, run and merged; the time of each, and how far the
 * memory of the process went up. The disk holds two copies while it runs, one of them a file of holes.
 */
import assert from "node:assert/strict";
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import {
  GraphProtoSchema,
  ModelProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
} from "onnx-buf";
import { uniforms } from "../src/index.ts";
import { readModel, writeModel } from "../src/onnx/file/index.ts";
import { bake, encodeModel, expose, type OnnxModel } from "../src/onnx/index.ts";
import { node, valueInfo } from "../src/onnx/node.ts";
import { openNodeSession } from "../src/onnx/session/node.ts";
import { floatTensor } from "../src/onnx/tensor.ts";

const [LAYERS, INPUTS, OUTPUTS] = [20, 4096, 8192];
const BYTES = 4 * INPUTS * OUTPUTS;
const GIB = 2 ** 30;

const folder = mkdtempSync(join(tmpdir(), "relizo-onnx-large-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** The sum of x W_k; of each W only the first row is not zero, so that the file is full of holes. */
function make(path: string): Float32Array {
  const names = Array.from({ length: LAYERS }, (_, k) => `layers.${k}.weight`);
  const file = openSync(join(folder, "large.bin"), "w");
  ftruncateSync(file, LAYERS * BYTES);
  const sum = new Float32Array(OUTPUTS);
  names.forEach((_, k) => {
    const row = Float32Array.from(uniforms({ seed: 1, step: 0 }, k, OUTPUTS));
    for (let i = 0; i < OUTPUTS; i++) sum[i]! += row[i]!;
    writeSync(file, new Uint8Array(row.buffer), 0, 4 * OUTPUTS, k * BYTES);
  });
  closeSync(file);
  const graph = create(GraphProtoSchema, {
    name: "large",
    node: names.flatMap((name, k) => [
      node("MatMul", ["x", name], `product.${k}`, {}, `/layers.${k}/MatMul`),
      ...(k === 0 ? [] : [node("Add", [k === 1 ? "product.0" : `sum.${k - 1}`, `product.${k}`], `sum.${k}`)]),
    ]),
    initializer: names.map((name, k) => outside(name, k * BYTES)),
    input: [valueInfo("x", [1, INPUTS])],
    output: [valueInfo(`sum.${LAYERS - 1}`, [1, OUTPUTS])],
  });
  const opset = create(OperatorSetIdProtoSchema, { domain: "", version: 17n });
  const proto = create(ModelProtoSchema, { irVersion: 8n, graph, opsetImport: [opset] });
  writeFileSync(path, encodeModel({ proto }));
  return sum;
}

function outside(name: string, offset: number): TensorProto {
  const tensor = floatTensor(name, [INPUTS, OUTPUTS], new Float32Array(0));
  const entries = { location: "large.bin", offset: String(offset), length: String(BYTES) };
  tensor.externalData = Object.entries(entries).map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key, value }),
  );
  tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
  return tensor;
}

const table: Record<string, Record<string, number>> = {};

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const before = process.resourceUsage().maxRSS;
  const begin = performance.now();
  const made = await work();
  const seconds = (performance.now() - begin) / 1000;
  const peak = (process.resourceUsage().maxRSS - before) / 2 ** 20;
  table[what] = { seconds: Number(seconds.toFixed(2)), "peak up by [GiB]": Number(peak.toFixed(2)) };
  return made;
}

async function run(
  model: OnnxModel,
  bound?: Parameters<Awaited<ReturnType<typeof openNodeSession>>["bind"]>[0],
) {
  const session = await openNodeSession(model, { threads: 1 });
  if (bound) session.bind(bound);
  const x = new Float32Array(INPUTS);
  x[0] = 1;
  const { [`sum.${LAYERS - 1}`]: out } = await session.run({
    x: { type: "float32", shape: [1, INPUTS], data: x },
  });
  await session.close();
  return out!.data as Float32Array;
}

const source = join(folder, "large.onnx");
const expected = make(source);
const model = await timed("open", () => readModel(source));
const copy = join(folder, "copy", "model.onnx");
mkdirSync(join(folder, "copy"));
await timed("write elsewhere, piece by piece", () => writeModel(model, copy));
assert.equal(statSync(`${copy}_data`).size, LAYERS * BYTES);
const cut = await timed("expose all weights", async () => expose(await readModel(copy)));
assert.deepEqual(await timed("run with weights as inputs", () => run(cut.model, cut.parameters)), expected);
const baked = await timed("bake", () => bake(cut.model, cut.parameters));
await timed("write what was baked", () => writeModel(baked, copy));
assert.deepEqual(
  (await expose(await readModel(copy), "layers.19")).parameters.flat?.slice(0, OUTPUTS),
  Float32Array.from(uniforms({ seed: 1, step: 0 }, 19, OUTPUTS)),
);

console.log(`\n${LAYERS} weights, ${((LAYERS * BYTES) / GIB).toFixed(2)} GiB together`);
console.table(table);
