/** Attention over heads: Vaswani and others, arXiv:1706.03762; groups of heads that share keys, arXiv:2305.13245. */
import { TensorProto_DataType } from "onnx-buf";
import type { Draft, Scope, Value } from "../draft.ts";
import type { Task } from "../task.ts";

/** [batch, sequence, heads size] -> [batch, heads, sequence, size] */
export function split(at: Scope, x: Value, heads: number, size: number): Value {
  return headsFirst(at, byHead(at, x, heads, size));
}

/** [batch, sequence, heads size] -> [batch, sequence, heads, size] */
export function byHead(at: Scope, x: Value, heads: number, size: number): Value {
  return at.op("Reshape", [x, at.ints(0, 0, heads, size)]);
}

/** [batch, sequence, heads, size] -> [batch, heads, sequence, size] */
export function headsFirst(at: Scope, x: Value): Value {
  return at.op("Transpose", [x], { perm: [0, 2, 1, 3] });
}

/**
 * softmax(q k^T scale + bias) v.
 *
 * @param q     [batch, heads, sequence, size]
 * @param k     [batch, heads, total, size], and v
 * @param bias  to be added to scores, broadcast to [batch, heads, sequence, total]
 * @returns [batch, sequence, heads size]
 */
export function attend(
  at: Scope,
  q: Value,
  k: Value,
  v: Value,
  bias: Value,
  { heads, size, scale = size ** -0.5 }: { heads: number; size: number; scale?: number },
): Value {
  const scores = at.op("MatMul", [q, at.op("Transpose", [k], { perm: [0, 1, 3, 2] })]);
  const biased = at.op("Add", [at.op("Mul", [scores, at.float(scale)]), bias]);
  const mixed = at.op("MatMul", [at.op("Softmax", [biased], { axis: -1 }), v]);
  return at.op("Reshape", [at.op("Transpose", [mixed], { perm: [0, 2, 1, 3] }), at.ints(0, 0, heads * size)]);
}

/** Each head of keys or values as often as heads share it. [batch, heads / groups, total, size] -> [batch, heads, total, size] */
export function shared(at: Scope, x: Value, heads: number, groups: number, size: number): Value {
  if (groups === 1) return x;
  const apart = at.op("Unsqueeze", [x, at.ints(2)]);
  const repeated = at.op("Expand", [apart, at.ints(1, 1, groups, 1, 1)]);
  return at.op("Reshape", [repeated, at.ints(0, heads, -1, size)]);
}

/** Keys and values of all layers, with those of the tokens before. */
export interface Cache {
  /** A layer's with those before them, each [batch, heads, past + sequence, size]. */
  readonly remember: (at: Scope, layer: number, key: Value, value: Value) => readonly [Value, Value];
  /** Has them leave the graph as `present.N.key|value`. */
  readonly finish: () => void;
}

/** The inputs `past_key_values.N.key|value` [batch, heads, past, size], past from 0; none where sequences are classified. */
export function cache(draft: Draft, task: Task, layers: number, heads: number, size: number): Cache {
  if (task === "text-classification") return { remember: (_, __, key, value) => [key, value], finish() {} };
  const shape = (tokens: string): (number | string)[] => ["batch", heads, tokens, size];
  const pasts = Array.from({ length: layers }, (_, layer) =>
    ["key", "value"].map((kind) =>
      draft.input(`past_key_values.${layer}.${kind}`, shape("past"), TensorProto_DataType.FLOAT),
    ),
  );
  const present = new Map<string, Value>();
  return {
    remember(at, layer, key, value) {
      const [k = "", v = ""] = pasts[layer] ?? [];
      const keys = at.op("Concat", [k, key], { axis: 2 });
      const values = at.op("Concat", [v, value], { axis: 2 });
      present.set(`present.${layer}.key`, keys).set(`present.${layer}.value`, values);
      return [keys, values];
    },
    finish() {
      for (const [name, value] of present) draft.output(name, value, shape("total"));
    },
  };
}
