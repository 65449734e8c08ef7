import type { LeastSquares } from "../least-squares.ts";
import { repeated } from "../parts.ts";

const Y = [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.1, 4.39];

export const bard: LeastSquares = {
  title: "Bard",
  source:
    "Bard 1970; Moré, Garbow, Hillstrom 1981, problem 8; " +
    "r_i = y_i - (x1 + i / (v x2 + w x3)), v = 16 - i, w = min(i, v), i = 1..15",
  start: repeated(1),
  residuals(x, r) {
    for (let i = 1; i <= 15; i++) {
      const v = 16 - i;
      r[i - 1] = Y[i - 1]! - (x[0]! + i / (v * x[1]! + Math.min(i, v) * x[2]!));
    }
  },
  pull(x, r, g) {
    for (let i = 1; i <= 15; i++) {
      const v = 16 - i;
      const w = Math.min(i, v);
      const c = (i * r[i - 1]!) / (v * x[1]! + w * x[2]!) ** 2;
      g[0]! -= r[i - 1]!;
      g[1]! += v * c;
      g[2]! += w * c;
    }
  },
};
