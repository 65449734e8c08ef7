/** Normalizations over the last dimension. */
import type { Scope, Value } from "../draft.ts";

/** @source Ba, Kiros, Hinton, arXiv:1607.06450 */
export function layerNorm(at: Scope, x: Value, size: number, epsilon: number): Value {
  const inputs = [x, at.weight("weight", [size]), at.weight("bias", [size])];
  return at.op("LayerNormalization", inputs, { axis: -1, epsilon: { float: epsilon } });
}

/** x / sqrt(mean(x^2) + epsilon) weight. @source Zhang, Sennrich, arXiv:1910.07467 */
export function rmsNorm(at: Scope, x: Value, size: number, epsilon: number): Value {
  const squares = at.op("Pow", [x, at.float(2)]);
  const mean = at.op("ReduceMean", [squares], { axes: [-1], keepdims: 1 });
  const root = at.op("Sqrt", [at.op("Add", [mean, at.float(epsilon)])]);
  return at.op("Mul", [at.op("Div", [x, root]), at.weight("weight", [size])]);
}
