import { atLeast, numbered } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** A bowl covered with humps: many local minima. */
export const genhumps: Problem = {
  name: "GENHUMPS",
  source:
    "CUTEst SIF (GENHUMPS); Toint 1997; sum_{i<n} sin(20 x_i)^2 sin(20 x_{i+1})^2 + 0.05 (x_i^2 + x_{i+1}^2); " +
    "start (-506, -506.2, -506.2, ...)",
  dimensions: [1000, 10],
  refuses: atLeast(2),
  start: numbered((i) => (i === 1 ? -506 : -506.2)),
  value(x) {
    let sum = 0;
    for (let i = 0; i + 1 < x.length; i++) {
      const hump = Math.sin(20 * x[i]!) * Math.sin(20 * x[i + 1]!);
      sum += hump * hump + 0.05 * (x[i]! * x[i]! + x[i + 1]! * x[i + 1]!);
    }
    return sum;
  },
  gradient(x) {
    const g = new Float64Array(x.length);
    for (let i = 0; i + 1 < x.length; i++) {
      const [a, b] = [Math.sin(20 * x[i]!), Math.sin(20 * x[i + 1]!)];
      g[i]! += 40 * a * b * b * Math.cos(20 * x[i]!) + 0.1 * x[i]!;
      g[i + 1]! += 40 * a * a * b * Math.cos(20 * x[i + 1]!) + 0.1 * x[i + 1]!;
    }
    return g;
  },
};
