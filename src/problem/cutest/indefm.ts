import { atLeast, numbered } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** The Hessian is indefinite; many local minima. */
export const indefm: Problem = {
  name: "INDEFM",
  source:
    "CUTEst SIF (INDEFM); Lukšan, Matonoha, Vlček, problem 37, from INDEF by Gould; " +
    "sum_i 100 sin(x_i/100) + sum_{i=2..n-1} cos(2 x_i - x_n - x1)/2; start i/(n + 1)",
  dimensions: [50, 1000],
  refuses: atLeast(3),
  start: numbered((i, d) => i / (d + 1)),
  value(x) {
    const last = x.length - 1;
    let sum = 0;
    for (let i = 0; i <= last; i++) sum += 100 * Math.sin(0.01 * x[i]!);
    for (let i = 1; i < last; i++) sum += 0.5 * Math.cos(2 * x[i]! - x[last]! - x[0]!);
    return sum;
  },
  gradient(x) {
    const last = x.length - 1;
    const g = x.map((xi) => Math.cos(0.01 * xi));
    for (let i = 1; i < last; i++) {
      const s = Math.sin(2 * x[i]! - x[last]! - x[0]!);
      g[i]! -= s;
      g[0]! += 0.5 * s;
      g[last]! += 0.5 * s;
    }
    return g;
  },
};
