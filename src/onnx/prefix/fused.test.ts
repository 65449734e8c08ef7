/** Fused attention that takes a past takes a prefix: as onnxruntime-genai exports models, with GroupQueryAttention. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import {
  GraphProtoSchema,
  ModelProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataType,
  type ValueInfoProto,
} from "onnx-buf";
import { expectClose } from "../../../test/expect-close.ts";
import { largest, numbers, pastOf, runOnce, textFeeds } from "../../../test/onnx-models.ts";
import type { OnnxModel } from "../model.ts";
import { node, valueInfo } from "../node.ts";
import { normals } from "../start.ts";
import { floatTensor, intTensor } from "../tensor.ts";
import { prefixActivations } from "./activations.ts";
import { addPrefix } from "./prefix.ts";

const [VOCABULARY, HEADS, KEY_HEADS, SIZE] = [16, 4, 2, 8];
const HIDDEN = HEADS * SIZE;
const { INT64, INT32 } = TensorProto_DataType;

/** One layer; lengths come from the mask, as the builder of onnxruntime-genai has it. */
function grouped(): OnnxModel {
  const weight = (name: string, row: number, shape: readonly [number, number]) =>
    floatTensor(name, shape, normals(9, row, shape[0] * shape[1], 0.5));
  const past = (name: string, length: string): ValueInfoProto =>
    valueInfo(name, ["batch", KEY_HEADS, length, SIZE]);
  const graph = create(GraphProtoSchema, {
    name: "grouped",
    input: [
      valueInfo("input_ids", ["batch", "sequence"], INT64),
      valueInfo("attention_mask", ["batch", "total"], INT64),
      past("past_key_values.0.key", "past"),
      past("past_key_values.0.value", "past"),
    ],
    output: [
      valueInfo("logits", ["batch", "sequence", VOCABULARY]),
      past("present.0.key", "total"),
      past("present.0.value", "total"),
    ],
    initializer: [
      weight("embed", 0, [VOCABULARY, HIDDEN]),
      weight("q", 1, [HIDDEN, HIDDEN]),
      weight("k", 2, [HIDDEN, KEY_HEADS * SIZE]),
      weight("v", 3, [HIDDEN, KEY_HEADS * SIZE]),
      weight("head", 4, [HIDDEN, VOCABULARY]),
      intTensor("one", [1], []),
      intTensor("along", [1]),
    ],
    node: [
      node("Gather", ["embed", "input_ids"], "x"),
      ...["q", "k", "v"].map((name) => node("MatMul", ["x", name], `x${name}`)),
      node("ReduceSum", ["attention_mask", "along"], "counts", { keepdims: 0 }),
      node("Sub", ["counts", "one"], "last"),
      node("Cast", ["last"], "lengths", { to: INT32 }),
      node("Shape", ["attention_mask"], "sizes"),
      node("Gather", ["sizes", "one"], "most"),
      node("Cast", ["most"], "total", { to: INT32 }),
      Object.assign(
        node(
          "GroupQueryAttention",
          ["xq", "xk", "xv", "past_key_values.0.key", "past_key_values.0.value", "lengths", "total"],
          ["y", "present.0.key", "present.0.value"],
          { num_heads: HEADS, kv_num_heads: KEY_HEADS },
        ),
        { domain: "com.microsoft" },
      ),
      node("Add", ["x", "y"], "z"),
      node("MatMul", ["z", "head"], "logits"),
    ],
  });
  const opset = (domain: string, version: number) =>
    create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) });
  const opsetImport = [opset("", 14), opset("com.microsoft", 1)];
  return { proto: create(ModelProtoSchema, { irVersion: 8n, opsetImport, graph }) };
}

test("GroupQueryAttention: a prefix of real activations is those tokens as a past", async () => {
  const model = grouped();
  const before = [3, 9, 4];
  const init = await prefixActivations(model, before, (one, feeds) => runOnce(one, feeds));
  const cut = await addPrefix(model, { tokens: 3, init });
  assert.deepEqual([cut.through, cut.shape], ["past", { layers: 1, heads: KEY_HEADS, size: SIZE }]);
  const past = pastOf(await runOnce(model, textFeeds(model, [before])));
  const expected = numbers(await runOnce(model, textFeeds(model, [[7]], { past })));
  const found = await runOnce(cut, textFeeds(model, [[7]]));
  expectClose(numbers(found), expected, 1e-6 * largest(expected), "logit");
  assert.deepEqual(found["present.0.key"]?.shape, [1, KEY_HEADS, 1, SIZE]);
  const all = numbers(await runOnce(model, textFeeds(model, [[...before, 7]])));
  expectClose(numbers(found), all.subarray(-VOCABULARY), 1e-5 * largest(expected), "logit of the whole");
});
