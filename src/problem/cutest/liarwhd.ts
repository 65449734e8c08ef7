import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

export const liarwhd: Problem = {
  name: "LIARWHD",
  source: "CUTEst SIF (LIARWHD); Li 1990; sum_i 4 (x_i^2 - x1)^2 + (x_i - 1)^2",
  dimensions: [1000, 36],
  refuses: atLeast(1),
  start: repeated(4),
  value(x) {
    let sum = 0;
    for (let i = 0; i < x.length; i++) {
      const bend = x[i]! * x[i]! - x[0]!;
      sum += 4 * bend * bend + (x[i]! - 1) * (x[i]! - 1);
    }
    return sum;
  },
  gradient(x) {
    const g = new Float64Array(x.length);
    for (let i = 0; i < x.length; i++) {
      const bend = 8 * (x[i]! * x[i]! - x[0]!);
      g[i]! += 2 * bend * x[i]! + 2 * (x[i]! - 1);
      g[0]! -= bend;
    }
    return g;
  },
};
