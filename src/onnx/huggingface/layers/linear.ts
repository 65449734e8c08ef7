/** Matrices over the last dimension. Weights keep the layout of their file, so that adapters and exposed weights have it too. */
import type { Scope, Value } from "../draft.ts";

/** x W^T + b, as torch.nn.Linear: W is [outputs, inputs]. */
export function linear(at: Scope, x: Value, inputs: number, outputs: number, bias: boolean): Value {
  const product = timesRows(at, x, at.named("weight"), inputs, outputs);
  return bias ? at.op("Add", [product, at.weight("bias", [outputs])]) : product;
}

/** x W^T with a matrix of whichever name: output matrices are often the embedding's. */
export function timesRows(at: Scope, x: Value, weight: string, inputs: number, outputs: number): Value {
  const turned = at.op("Transpose", [at.weightOf(weight, [outputs, inputs])], { perm: [1, 0] });
  return at.op("MatMul", [x, turned]);
}

/** x W + b, as GPT-2's Conv1D: W is [inputs, outputs]. */
export function conv1d(at: Scope, x: Value, inputs: number, outputs: number): Value {
  const product = at.op("MatMul", [x, at.weight("weight", [inputs, outputs])]);
  return at.op("Add", [product, at.weight("bias", [outputs])]);
}
