import { atLeast, numbered } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** The partners of variable i, both counted from 0. */
const second = (i: number, n: number): number => (3 * i + 1) % n;
const third = (i: number, n: number): number => (7 * i + 4) % n;

export const noncvxu2: Problem = {
  name: "NONCVXU2",
  source:
    "CUTEst SIF (NONCVXU2); nonconvex, unconstrained; sum_i q_i^2 + 4 cos q_i, q_i = x_i + x_j + x_k, " +
    "j = mod(3 i - 2, n) + 1, k = mod(7 i - 3, n) + 1; start x_i = i",
  dimensions: [100, 1000],
  refuses: atLeast(1),
  start: numbered((i) => i),
  value(x) {
    const n = x.length;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const q = x[i]! + x[second(i, n)]! + x[third(i, n)]!;
      sum += q * q + 4 * Math.cos(q);
    }
    return sum;
  },
  gradient(x) {
    const n = x.length;
    const g = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      const q = x[i]! + x[second(i, n)]! + x[third(i, n)]!;
      const slope = 2 * q - 4 * Math.sin(q);
      g[i]! += slope;
      g[second(i, n)]! += slope;
      g[third(i, n)]! += slope;
    }
    return g;
  },
};
