import type { LeastSquares } from "../least-squares.ts";
import { repeated } from "../parts.ts";

/** Two minima; from the standard start the descent leads to the worse, 48.98. */
export const freudensteinRoth: LeastSquares = {
  title: "Freudenstein and Roth",
  source:
    "Freudenstein, Roth 1963; Moré, Garbow, Hillstrom 1981, problem 2; " +
    "r = (-13 + x1 + ((5 - x2) x2 - 2) x2, -29 + x1 + ((x2 + 1) x2 - 14) x2)",
  start: repeated(0.5, -2),
  residuals(x, r) {
    const b = x[1]!;
    r[0] = -13 + x[0]! + ((5 - b) * b - 2) * b;
    r[1] = -29 + x[0]! + ((b + 1) * b - 14) * b;
  },
  pull(x, r, g) {
    const b = x[1]!;
    g[0]! += r[0]! + r[1]!;
    g[1]! += r[0]! * ((10 - 3 * b) * b - 2) + r[1]! * ((3 * b + 2) * b - 14);
  },
};
