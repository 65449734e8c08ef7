import type { LeastSquares } from "../least-squares.ts";
import { repeated } from "../parts.ts";

const Y = [
  34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872,
];

/** Variables of very different size. */
export const meyer: LeastSquares = {
  title: "Meyer",
  source:
    "Meyer 1970; Moré, Garbow, Hillstrom 1981, problem 10; r_i = x1 exp(x2 / (5 i + 45 + x3)) - y_i, i = 1..16",
  start: repeated(0.02, 4000, 250),
  residuals(x, r) {
    for (let i = 0; i < 16; i++) r[i] = x[0]! * Math.exp(x[1]! / (5 * (i + 1) + 45 + x[2]!)) - Y[i]!;
  },
  pull(x, r, g) {
    for (let i = 0; i < 16; i++) {
      const below = 5 * (i + 1) + 45 + x[2]!;
      const e = Math.exp(x[1]! / below) * r[i]!;
      g[0]! += e;
      g[1]! += (x[0]! * e) / below;
      g[2]! -= (x[0]! * x[1]! * e) / (below * below);
    }
  },
};
