import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

export const power: Problem = {
  name: "POWER",
  source: "CUTEst SIF (POWER); Oren 1974; (sum_i i x_i^2)^2",
  dimensions: [50, 1000],
  refuses: atLeast(1),
  start: repeated(1),
  value(x) {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += (i + 1) * x[i]! * x[i]!;
    return sum * sum;
  },
  gradient(x) {
    const sum = x.reduce((s, xi, i) => s + (i + 1) * xi * xi, 0);
    return x.map((xi, i) => 4 * sum * (i + 1) * xi);
  },
};
