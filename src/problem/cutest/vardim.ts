import { atLeast, numbered } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** sum_i i (x_i - 1) */
function away(x: Float64Array): number {
  let t = 0;
  for (let i = 0; i < x.length; i++) t += (i + 1) * (x[i]! - 1);
  return t;
}

export const vardim: Problem = {
  name: "VARDIM",
  source:
    "CUTEst SIF (VARDIM); Moré, Garbow, Hillstrom 1981, problem 25; " +
    "sum_i (x_i - 1)^2 + t^2 + t^4, t = sum_i i x_i - n (n + 1)/2; start 1 - i/n",
  dimensions: [200, 50],
  refuses: atLeast(1),
  start: numbered((i, d) => 1 - i / d),
  value(x) {
    const square = away(x) ** 2;
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += (x[i]! - 1) * (x[i]! - 1);
    return sum + square + square * square;
  },
  gradient(x) {
    const t = away(x);
    return x.map((xi, i) => 2 * (xi - 1) + (i + 1) * (2 * t + 4 * t * t * t));
  },
};
