import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

export const tquartic: Problem = {
  name: "TQUARTIC",
  source:
    "CUTEst SIF (TQUARTIC); Toint 1989, private communication; (x1 - 1)^2 + sum_{i>=2} (x1^2 - x_i^2)^2",
  dimensions: [50, 1000],
  refuses: atLeast(1),
  start: repeated(0.1),
  value(x) {
    const first = x[0]! * x[0]!;
    let sum = (x[0]! - 1) * (x[0]! - 1);
    for (let i = 1; i < x.length; i++) {
      const r = first - x[i]! * x[i]!;
      sum += r * r;
    }
    return sum;
  },
  gradient(x) {
    const g = new Float64Array(x.length);
    g[0] = 2 * (x[0]! - 1);
    for (let i = 1; i < x.length; i++) {
      const r = 4 * (x[0]! * x[0]! - x[i]! * x[i]!);
      g[0]! += r * x[0]!;
      g[i]! -= r * x[i]!;
    }
    return g;
  },
};
