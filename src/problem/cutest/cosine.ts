import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

export const cosine: Problem = {
  name: "COSINE",
  source: "CUTEst SIF (COSINE); Gould 1996, private communication; sum_{i<n} cos(x_i^2 - x_{i+1}/2)",
  dimensions: [100, 1000],
  refuses: atLeast(2),
  start: repeated(1),
  value(x) {
    let sum = 0;
    for (let i = 0; i + 1 < x.length; i++) sum += Math.cos(x[i]! * x[i]! - 0.5 * x[i + 1]!);
    return sum;
  },
  gradient(x) {
    const g = new Float64Array(x.length);
    for (let i = 0; i + 1 < x.length; i++) {
      const s = Math.sin(x[i]! * x[i]! - 0.5 * x[i + 1]!);
      g[i]! -= 2 * x[i]! * s;
      g[i + 1]! += 0.5 * s;
    }
    return g;
  },
};
