import { atLeast, numbered } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** Residual i, counted from 0, of the boundary value problem on n inner points. */
function residual(x: Float64Array, i: number): number {
  const h = 1 / (x.length + 1);
  const before = i > 0 ? x[i - 1]! : 0;
  const after = i + 1 < x.length ? x[i + 1]! : 0;
  const s = x[i]! + (i + 1) * h + 1;
  return 2 * x[i]! - before - after + 0.5 * h * h * s * s * s;
}

/** A boundary value problem in finite differences; already small at the start. */
export const morebv: Problem = {
  name: "MOREBV",
  source:
    "CUTEst SIF (MOREBV); Moré, Garbow, Hillstrom 1981, problem 28; with h = 1/(n + 1), x_0 = x_{n+1} = 0: " +
    "sum_i (2 x_i - x_{i-1} - x_{i+1} + h^2 (x_i + i h + 1)^3 / 2)^2; start i h (i h - 1)",
  dimensions: [50, 1000],
  refuses: atLeast(1),
  start: numbered((i, d) => (i / (d + 1)) * (i / (d + 1) - 1)),
  value(x) {
    let sum = 0;
    for (let i = 0; i < x.length; i++) {
      const r = residual(x, i);
      sum += r * r;
    }
    return sum;
  },
  gradient(x) {
    const h = 1 / (x.length + 1);
    const g = new Float64Array(x.length);
    for (let i = 0; i < x.length; i++) {
      const r = 2 * residual(x, i);
      const s = x[i]! + (i + 1) * h + 1;
      g[i]! += r * (2 + 1.5 * h * h * s * s);
      if (i > 0) g[i - 1]! -= r;
      if (i + 1 < x.length) g[i + 1]! -= r;
    }
    return g;
  },
};
