/** What may be attended: 0 where it may, the least float32 where not, to be added to the scores. */
import { TensorProto_DataType } from "onnx-buf";
import type { Scope, Value } from "../draft.ts";

const LEAST = -3.4028234663852886e38;

/** Every token that is no padding. @param mask  int64 [batch, sequence] @returns [batch, 1, 1, sequence] */
export function paddingBias(at: Scope, mask: Value): Value {
  return bias(at, notPadding(at, mask));
}

/**
 * Every earlier token that is no padding, and itself.
 *
 * @param ids     int64 [batch, sequence]
 * @param mask    int64 [batch, past + sequence]
 * @param window  how many tokens back one is seen, itself counted; all where undefined
 * @returns [batch, 1, sequence, past + sequence]
 */
export function causalBias(at: Scope, ids: Value, mask: Value, window: number | undefined): Value {
  const total = length(at, mask);
  const past = at.op("Sub", [total, length(at, ids)]);
  const keys = at.op("Range", [at.int(0), total, at.int(1)]);
  const queries = at.op("Unsqueeze", [at.op("Range", [past, total, at.int(1)]), at.ints(1)]);
  const before = at.op("LessOrEqual", [keys, queries]);
  const seen =
    window === undefined
      ? before
      : at.op("And", [before, at.op("Greater", [keys, at.op("Sub", [queries, at.int(window)])])]);
  return bias(at, at.op("And", [seen, notPadding(at, mask)]));
}

/** Tokens in a row of int64 [batch, tokens]. @returns an int64 scalar */
export function length(at: Scope, rows: Value): Value {
  return at.op("Gather", [at.op("Shape", [rows]), at.int(1)]);
}

function notPadding(at: Scope, mask: Value): Value {
  return at.cast(at.op("Unsqueeze", [mask, at.ints(1, 2)]), TensorProto_DataType.BOOL);
}

function bias(at: Scope, allowed: Value): Value {
  return at.op("Where", [allowed, at.float(0), at.float(LEAST)]);
}
