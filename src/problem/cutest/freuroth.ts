import { atLeast, numbered } from "../parts.ts";
import type { Problem } from "../problem.ts";

export const freuroth: Problem = {
  name: "FREUROTH",
  source:
    "CUTEst SIF (FREUROTH); Freudenstein, Roth 1963; Toint 1983, problem 33; with b = x_{i+1}: " +
    "sum_{i<n} (-13 + x_i + ((5 - b) b - 2) b)^2 + (-29 + x_i + ((b + 1) b - 14) b)^2; start (0.5, -2, 0, 0, ...)",
  dimensions: [50, 1000],
  refuses: atLeast(2),
  start: numbered((i) => (i === 1 ? 0.5 : i === 2 ? -2 : 0)),
  value(x) {
    let sum = 0;
    for (let i = 0; i + 1 < x.length; i++) {
      const b = x[i + 1]!;
      const r = -13 + x[i]! + ((5 - b) * b - 2) * b;
      const s = -29 + x[i]! + ((b + 1) * b - 14) * b;
      sum += r * r + s * s;
    }
    return sum;
  },
  gradient(x) {
    const g = new Float64Array(x.length);
    for (let i = 0; i + 1 < x.length; i++) {
      const b = x[i + 1]!;
      const r = 2 * (-13 + x[i]! + ((5 - b) * b - 2) * b);
      const s = 2 * (-29 + x[i]! + ((b + 1) * b - 14) * b);
      g[i]! += r + s;
      g[i + 1]! += r * ((10 - 3 * b) * b - 2) + s * ((3 * b + 2) * b - 14);
    }
    return g;
  },
};
