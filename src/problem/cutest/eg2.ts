import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** Every term holds the first variable. */
export const eg2: Problem = {
  name: "EG2",
  source:
    "CUTEst SIF (EG2); example in Conn, Gould, Toint, LANCELOT, 1992; sum_{i<n} sin(x1 + x_i^2 - 1) + sin(x_n^2)/2",
  dimensions: [1000, 10],
  refuses: atLeast(2),
  start: repeated(0),
  value(x) {
    const last = x.length - 1;
    let sum = 0.5 * Math.sin(x[last]! * x[last]!);
    for (let i = 0; i < last; i++) sum += Math.sin(x[0]! + x[i]! * x[i]! - 1);
    return sum;
  },
  gradient(x) {
    const last = x.length - 1;
    const g = new Float64Array(x.length);
    g[last] = x[last]! * Math.cos(x[last]! * x[last]!);
    for (let i = 0; i < last; i++) {
      const c = Math.cos(x[0]! + x[i]! * x[i]! - 1);
      g[0]! += c;
      g[i]! += 2 * x[i]! * c;
    }
    return g;
  },
};
