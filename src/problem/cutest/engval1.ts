import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

export const engval1: Problem = {
  name: "ENGVAL1",
  source: "CUTEst SIF (ENGVAL1); Toint 1983, problem 31; sum_{i<n} (x_i^2 + x_{i+1}^2)^2 - 4 x_i + 3",
  dimensions: [50, 1000],
  refuses: atLeast(2),
  start: repeated(2),
  value(x) {
    let sum = 0;
    for (let i = 0; i + 1 < x.length; i++) {
      const s = x[i]! * x[i]! + x[i + 1]! * x[i + 1]!;
      sum += s * s - 4 * x[i]! + 3;
    }
    return sum;
  },
  gradient(x) {
    const g = new Float64Array(x.length);
    for (let i = 0; i + 1 < x.length; i++) {
      const s = 4 * (x[i]! * x[i]! + x[i + 1]! * x[i + 1]!);
      g[i]! += s * x[i]! - 4;
      g[i + 1]! += s * x[i + 1]!;
    }
    return g;
  },
};
