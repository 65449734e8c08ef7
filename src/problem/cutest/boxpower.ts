import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** Nearly flat in the last variable, so the very end of a run is slow. */
export const boxpower: Problem = {
  name: "BOXPOWER",
  source:
    "CUTEst SIF (BOXPOWER); x1^2 + sum_{i=2..n-1} (x1 + x_i + x_n)^2 + x_n^20; " +
    "the exponent 2(p+1), p = 9, is from a description of the SIF file, which itself was not to be had",
  dimensions: [1000, 10, 100, 10_000, 20_000],
  refuses: atLeast(3),
  start: repeated(0.99),
  value(x) {
    const last = x.length - 1;
    const ends = x[0]! + x[last]!;
    const x2 = x[last]! * x[last]!;
    const x4 = x2 * x2;
    const x16 = x4 * x4 * (x4 * x4);
    let sum = x[0]! * x[0]!;
    for (let i = 1; i < last; i++) {
      const s = ends + x[i]!;
      sum += s * s;
    }
    return sum + x16 * x4;
  },
  gradient(x) {
    const last = x.length - 1;
    const g = new Float64Array(x.length);
    let sum = 0;
    for (let i = 1; i < last; i++) {
      g[i] = 2 * (x[0]! + x[i]! + x[last]!);
      sum += g[i]!;
    }
    g[0] = 2 * x[0]! + sum;
    g[last] = 20 * x[last]! ** 19 + sum;
    return g;
  },
};
