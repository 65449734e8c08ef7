/** Activations by the names that configurations give them. */
import type { Config } from "../config.ts";
import type { Scope, Value } from "../draft.ts";

export type Activation = (at: Scope, x: Value) => Value;

const relu: Activation = (at, x) => at.op("Relu", [x]);

const silu: Activation = (at, x) => at.op("Mul", [x, at.op("Sigmoid", [x])]);

/** x Phi(x), Phi by the error function. @source Hendrycks, Gimpel, arXiv:1606.08415 */
export const gelu: Activation = (at, x) => {
  const erf = at.op("Erf", [at.op("Div", [x, at.float(Math.SQRT2)])]);
  const twice = at.op("Mul", [x, at.op("Add", [erf, at.float(1)])]);
  return at.op("Mul", [twice, at.float(0.5)]);
};

/** The same with Phi by a hyperbolic tangent, as GPT-2 has it. */
const geluTanh: Activation = (at, x) => {
  const cube = at.op("Mul", [at.op("Pow", [x, at.float(3)]), at.float(0.044715)]);
  const inner = at.op("Mul", [at.op("Add", [x, cube]), at.float(Math.sqrt(2 / Math.PI))]);
  const half = at.op("Mul", [x, at.float(0.5)]);
  return at.op("Mul", [half, at.op("Add", [at.op("Tanh", [inner]), at.float(1)])]);
};

const quickGelu: Activation = (at, x) =>
  at.op("Mul", [x, at.op("Sigmoid", [at.op("Mul", [x, at.float(1.702)])])]);

const ACTIVATIONS: ReadonlyMap<string, Activation> = new Map([
  ["relu", relu],
  ["silu", silu],
  ["swish", silu],
  ["gelu", gelu],
  ["gelu_new", geluTanh],
  ["gelu_fast", geluTanh],
  ["gelu_pytorch_tanh", geluTanh],
  ["quick_gelu", quickGelu],
]);

/** @throws RelizoError DATA for a name that is not known */
export function activation(config: Config, key: string, fallback: string): Activation {
  const found = ACTIVATIONS.get(config.text(key, fallback));
  if (found === undefined)
    throw config.refusal(key, `activations that can be built are ${[...ACTIVATIONS.keys()].join(", ")}`);
  return found;
}
