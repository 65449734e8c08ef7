import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** The Hessian looks like an arrowhead: every variable meets the last. */
export const arwhead: Problem = {
  name: "ARWHEAD",
  source:
    "CUTEst SIF (ARWHEAD); Conn, Gould, Lescrenier, Toint 1988, problem 55; sum_{i<n} (x_i^2 + x_n^2)^2 - 4 x_i + 3",
  dimensions: [100, 1000],
  refuses: atLeast(2),
  start: repeated(1),
  value(x) {
    const last = x.length - 1;
    const tip = x[last]! * x[last]!;
    let sum = 0;
    for (let i = 0; i < last; i++) {
      const s = x[i]! * x[i]! + tip;
      sum += s * s - 4 * x[i]! + 3;
    }
    return sum;
  },
  gradient(x) {
    const last = x.length - 1;
    const g = new Float64Array(x.length);
    for (let i = 0; i < last; i++) {
      const s = x[i]! * x[i]! + x[last]! * x[last]!;
      g[i] = 4 * x[i]! * s - 4;
      g[last]! += 4 * x[last]! * s;
    }
    return g;
  },
};
