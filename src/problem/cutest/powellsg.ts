import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** Powell's singular function in separate quadruples. */
export const powellsg: Problem = {
  name: "POWELLSG",
  source:
    "CUTEst SIF (POWELLSG); Powell 1962; Moré, Garbow, Hillstrom 1981, problem 22; " +
    "sum over quadruples (a, b, c, d) of (a + 10 b)^2 + 5 (c - d)^2 + (b - 2 c)^4 + 10 (a - d)^4",
  dimensions: [60, 1000, 5000],
  refuses: atLeast(4, 4),
  start: repeated(3, -1, 0, 1),
  value(x) {
    let sum = 0;
    for (let i = 0; i + 3 < x.length; i += 4) {
      const p = x[i]! + 10 * x[i + 1]!;
      const q = x[i + 2]! - x[i + 3]!;
      const r = (x[i + 1]! - 2 * x[i + 2]!) * (x[i + 1]! - 2 * x[i + 2]!);
      const s = (x[i]! - x[i + 3]!) * (x[i]! - x[i + 3]!);
      sum += p * p + 5 * q * q + r * r + 10 * s * s;
    }
    return sum;
  },
  gradient(x) {
    const g = new Float64Array(x.length);
    for (let i = 0; i + 3 < x.length; i += 4) {
      const p = 2 * (x[i]! + 10 * x[i + 1]!);
      const q = 10 * (x[i + 2]! - x[i + 3]!);
      const r = 4 * (x[i + 1]! - 2 * x[i + 2]!) ** 3;
      const s = 40 * (x[i]! - x[i + 3]!) ** 3;
      g[i] = p + s;
      g[i + 1] = 10 * p + r;
      g[i + 2] = q - 2 * r;
      g[i + 3] = -q - s;
    }
    return g;
  },
};
