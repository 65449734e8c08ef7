import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** Extended Dennis and Schnabel. */
export const edensch: Problem = {
  name: "EDENSCH",
  source:
    "CUTEst SIF (EDENSCH); Li 1990, extended Dennis and Schnabel; " +
    "16 + sum_{i<n} (x_i - 2)^4 + (x_i x_{i+1} - 2 x_{i+1})^2 + (x_{i+1} + 1)^2",
  dimensions: [36, 2000],
  refuses: atLeast(2),
  start: repeated(8),
  value(x) {
    let sum = 16;
    for (let i = 0; i + 1 < x.length; i++) {
      const a = x[i]! - 2;
      const b = x[i + 1]!;
      sum += a * a * (a * a) + a * b * (a * b) + (b + 1) * (b + 1);
    }
    return sum;
  },
  gradient(x) {
    const g = new Float64Array(x.length);
    for (let i = 0; i + 1 < x.length; i++) {
      const a = x[i]! - 2;
      const b = x[i + 1]!;
      g[i]! += 4 * a * a * a + 2 * a * b * b;
      g[i + 1]! += 2 * a * a * b + 2 * (b + 1);
    }
    return g;
  },
};
