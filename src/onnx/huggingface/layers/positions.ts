/** Positions of tokens, the ways that models count them. All are int64. */
import { TensorProto_DataType } from "onnx-buf";
import type { Scope, Value } from "../draft.ts";
import { length } from "./masks.ts";

/** 0, 1, ... @param ids  [batch, sequence] @returns [1, sequence] */
export function inOrder(at: Scope, ids: Value): Value {
  const range = at.op("Range", [at.int(0), length(at, ids), at.int(1)]);
  return at.op("Unsqueeze", [range, at.ints(0)]);
}

/** Tokens that are no padding counted from 1, and 0 for padding. @param kept  [batch, tokens] of 0 and 1 @returns the same shape */
export function counted(at: Scope, kept: Value): Value {
  return at.op("Mul", [at.op("CumSum", [kept, at.int(1)]), kept]);
}

/** 1 for a token that is none of padding, 0 for one that is. @param ids  [batch, sequence] */
export function isToken(at: Scope, ids: Value, padding: number): Value {
  const other = at.op("Not", [at.op("Equal", [ids, at.int(padding)])]);
  return at.cast(other, TensorProto_DataType.INT64);
}

/** The last columns of rows that have more: as many as there are ids. @param rows  [batch, past + sequence] */
export function lastColumns(at: Scope, rows: Value, ids: Value): Value {
  const past = at.op("Sub", [length(at, rows), length(at, ids)]);
  const end = at.ints(Number.MAX_SAFE_INTEGER);
  return at.op("Slice", [rows, at.op("Unsqueeze", [past, at.ints(0)]), end, at.ints(1)]);
}

/** The vector at the last 1 of each row. @param kept  [batch, sequence] @param x  [batch, sequence, size] @returns [batch, size] */
export function atLast(at: Scope, x: Value, kept: Value): Value {
  const places = at.op("Mul", [inOrder(at, kept), kept]);
  const last = at.op("ReduceMax", [places], { axes: [1], keepdims: 1 });
  return at.op("GatherND", [x, last], { batch_dims: 1 });
}
