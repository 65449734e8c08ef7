import type { LeastSquares } from "../least-squares.ts";
import { repeated } from "../parts.ts";

export const boxThree: LeastSquares = {
  title: "Box three-dimensional",
  source:
    "Box 1966; Moré, Garbow, Hillstrom 1981, problem 12; " +
    "r_i = exp(-t x1) - exp(-t x2) + (exp(-10 t) - exp(-t)) x3, t = i/10, i = 1..m",
  start: repeated(0, 10, 20),
  residuals(x, r) {
    for (let i = 0; i < r.length; i++) {
      const t = (i + 1) / 10;
      r[i] = Math.exp(-t * x[0]!) - Math.exp(-t * x[1]!) + (Math.exp(-i - 1) - Math.exp(-t)) * x[2]!;
    }
  },
  pull(x, r, g) {
    for (let i = 0; i < r.length; i++) {
      const t = (i + 1) / 10;
      g[0]! -= t * Math.exp(-t * x[0]!) * r[i]!;
      g[1]! += t * Math.exp(-t * x[1]!) * r[i]!;
      g[2]! += (Math.exp(-i - 1) - Math.exp(-t)) * r[i]!;
    }
  },
};
