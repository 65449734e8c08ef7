import type { LeastSquares } from "../least-squares.ts";
import { repeated } from "../parts.ts";

export const jennrichSampson: LeastSquares = {
  title: "Jennrich and Sampson",
  source:
    "Jennrich, Sampson 1968; Moré, Garbow, Hillstrom 1981, problem 6; " +
    "r_i = 2 + 2 i - exp(i x1) - exp(i x2), i = 1..m",
  start: repeated(0.3, 0.4),
  residuals(x, r) {
    for (let i = 1; i <= r.length; i++) r[i - 1] = 2 + 2 * i - Math.exp(i * x[0]!) - Math.exp(i * x[1]!);
  },
  pull(x, r, g) {
    for (let i = 1; i <= r.length; i++) {
      g[0]! -= i * Math.exp(i * x[0]!) * r[i - 1]!;
      g[1]! -= i * Math.exp(i * x[1]!) * r[i - 1]!;
    }
  },
};
