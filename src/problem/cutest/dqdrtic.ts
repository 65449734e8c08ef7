import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** A diagonal quadratic. */
export const dqdrtic: Problem = {
  name: "DQDRTIC",
  source:
    "CUTEst SIF (DQDRTIC); Toint 1983; Buckley 1989, problem 22; sum_{i<=n-2} x_i^2 + 100 x_{i+1}^2 + 100 x_{i+2}^2",
  dimensions: [50, 1000],
  refuses: atLeast(3),
  start: repeated(3),
  value(x) {
    let sum = 0;
    for (let i = 0; i + 2 < x.length; i++) {
      sum += x[i]! * x[i]! + 100 * (x[i + 1]! * x[i + 1]! + x[i + 2]! * x[i + 2]!);
    }
    return sum;
  },
  gradient(x) {
    const g = new Float64Array(x.length);
    for (let i = 0; i + 2 < x.length; i++) {
      g[i]! += 2 * x[i]!;
      g[i + 1]! += 200 * x[i + 1]!;
      g[i + 2]! += 200 * x[i + 2]!;
    }
    return g;
  },
};
