import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

export const tointgss: Problem = {
  name: "TOINTGSS",
  source:
    "CUTEst SIF (TOINTGSS); Toint 1983, problem 21; " +
    "sum_{i<=n-2} (10/(n-2) + x_{i+2}^2) (2 - exp(-(x_i - x_{i+1})^2 / (0.1 + x_{i+2}^2)))",
  dimensions: [50, 1000],
  refuses: atLeast(3),
  start: repeated(3),
  value(x) {
    const floor = 10 / (x.length - 2);
    let sum = 0;
    for (let i = 0; i + 2 < x.length; i++) {
      const a = x[i]! - x[i + 1]!;
      const square = x[i + 2]! * x[i + 2]!;
      sum += (floor + square) * (2 - Math.exp((-a * a) / (0.1 + square)));
    }
    return sum;
  },
  gradient(x) {
    const floor = 10 / (x.length - 2);
    const g = new Float64Array(x.length);
    for (let i = 0; i + 2 < x.length; i++) {
      const a = x[i]! - x[i + 1]!;
      const square = x[i + 2]! * x[i + 2]!;
      const below = 0.1 + square;
      const bell = Math.exp((-a * a) / below);
      const across = (2 * a * (floor + square) * bell) / below;
      g[i]! += across;
      g[i + 1]! -= across;
      g[i + 2]! += 2 * x[i + 2]! * (2 - bell - ((floor + square) * bell * a * a) / (below * below));
    }
    return g;
  },
};
