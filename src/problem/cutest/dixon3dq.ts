import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** A tridiagonal quadratic, badly conditioned as n grows. */
export const dixon3dq: Problem = {
  name: "DIXON3DQ",
  source:
    "CUTEst SIF (DIXON3DQ); Dixon; Buckley 1989, problem 156; (x1 - 1)^2 + sum_{i=2..n-1} (x_i - x_{i+1})^2 + (x_n - 1)^2",
  dimensions: [100, 1000],
  refuses: atLeast(2),
  start: repeated(-1),
  value(x) {
    const last = x.length - 1;
    let sum = (x[0]! - 1) * (x[0]! - 1) + (x[last]! - 1) * (x[last]! - 1);
    for (let i = 1; i < last; i++) sum += (x[i]! - x[i + 1]!) * (x[i]! - x[i + 1]!);
    return sum;
  },
  gradient(x) {
    const last = x.length - 1;
    const g = new Float64Array(x.length);
    g[0]! += 2 * (x[0]! - 1);
    g[last]! += 2 * (x[last]! - 1);
    for (let i = 1; i < last; i++) {
      g[i]! += 2 * (x[i]! - x[i + 1]!);
      g[i + 1]! -= 2 * (x[i]! - x[i + 1]!);
    }
    return g;
  },
};
