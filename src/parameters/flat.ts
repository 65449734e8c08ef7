/** Tensors as one vector: those that are not frozen, one after the other in the order of their names. */
import { need } from "../option.ts";
import type { Parameters } from "./parameters.ts";

/** A copy of all numbers that train. */
export function flatten({ arrays }: Parameters): Float64Array {
  const x = new Float64Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let begin = 0;
  for (const array of arrays) {
    x.set(array, begin);
    begin += array.length;
  }
  return x;
}

/**
 * Has the tensors hold the numbers of a vector, rounded to float32.
 *
 * @throws RelizoError SHAPE for a vector of another length
 */
export function unflatten({ arrays }: Parameters, x: Float64Array | Float32Array): void {
  const d = arrays.reduce((sum, { length }) => sum + length, 0);
  need(x.length === d, "SHAPE", `unflatten: a vector must have the ${d} numbers that train`, x.length);
  let begin = 0;
  for (const array of arrays) {
    array.set(x.subarray(begin, begin + array.length));
    begin += array.length;
  }
}
