import { atLeast, numbered } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** The path to the minimum oscillates, 2^n turns: the start's value 1 is hardly improved for large n. */
export const oscipath: Problem = {
  name: "OSCIPATH",
  source:
    "CUTEst SIF (OSCIPATH); an oscillating path after Nesterov; (x1 - 1)^2/4 + 500 sum_{i<n} (x_{i+1} - 2 x_i^2 + 1)^2; " +
    "start (-1, 1, 1, ...)",
  dimensions: [10, 500],
  refuses: atLeast(2),
  start: numbered((i) => (i === 1 ? -1 : 1)),
  value(x) {
    let sum = 0;
    for (let i = 0; i + 1 < x.length; i++) {
      const bend = x[i + 1]! - 2 * x[i]! * x[i]! + 1;
      sum += bend * bend;
    }
    return 500 * sum + 0.25 * (x[0]! - 1) * (x[0]! - 1);
  },
  gradient(x) {
    const g = new Float64Array(x.length);
    g[0] = 0.5 * (x[0]! - 1);
    for (let i = 0; i + 1 < x.length; i++) {
      const bend = 1000 * (x[i + 1]! - 2 * x[i]! * x[i]! + 1);
      g[i]! -= 4 * bend * x[i]!;
      g[i + 1]! += bend;
    }
    return g;
  },
};
