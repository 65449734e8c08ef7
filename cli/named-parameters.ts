/** Parameters with names, for a file of tensors. */
import { Parameters } from "../src/parameters/index.ts";
import type { HostParameters } from "../src/run/kernels.ts";

/** Arrays without names are "x", or "x.0", "x.1", .... */
export function named(parameters: HostParameters): Parameters {
  if (parameters instanceof Parameters) return parameters;
  const arrays = arraysOf(parameters);
  return Parameters.from(
    Object.fromEntries(arrays.map((array, i) => [arrays.length === 1 ? "x" : `x.${i}`, array])),
  );
}

/** Those that move. */
export function arraysOf(parameters: HostParameters): readonly Float32Array[] {
  const found: readonly unknown[] = "arrays" in parameters ? parameters.arrays : [parameters].flat();
  return found.filter((array) => array instanceof Float32Array);
}

/** Their numbers. */
export function lengthOf(parameters: HostParameters): number {
  return arraysOf(parameters).reduce((sum, { length }) => sum + length, 0);
}
