import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** A tridiagonal quadratic. */
export const tridia: Problem = {
  name: "TRIDIA",
  source: "CUTEst SIF (TRIDIA); Toint 1983, problem 8; (x1 - 1)^2 + sum_{i>=2} i (2 x_i - x_{i-1})^2",
  dimensions: [50, 1000],
  refuses: atLeast(1),
  start: repeated(1),
  value(x) {
    let sum = (x[0]! - 1) * (x[0]! - 1);
    for (let i = 1; i < x.length; i++) {
      const r = 2 * x[i]! - x[i - 1]!;
      sum += (i + 1) * r * r;
    }
    return sum;
  },
  gradient(x) {
    const g = new Float64Array(x.length);
    g[0] = 2 * (x[0]! - 1);
    for (let i = 1; i < x.length; i++) {
      const r = 2 * (i + 1) * (2 * x[i]! - x[i - 1]!);
      g[i]! += 2 * r;
      g[i - 1]! -= r;
    }
    return g;
  },
};
