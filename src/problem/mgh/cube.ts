import type { LeastSquares } from "../least-squares.ts";
import { repeated } from "../parts.ts";

/** Rosenbrock's valley with a cubic bend, chained. */
export const cube: LeastSquares = {
  title: "Cube",
  source: "Leon 1966, chained as in BenDFO; r_1 = x1 - 1, r_i = 10 (x_i - x_{i-1}^3)",
  start: repeated(0.5),
  residuals(x, r) {
    r[0] = x[0]! - 1;
    for (let i = 1; i < x.length; i++) r[i] = 10 * (x[i]! - x[i - 1]! * x[i - 1]! * x[i - 1]!);
  },
  pull(x, r, g) {
    g[0]! += r[0]!;
    for (let i = 1; i < x.length; i++) {
      g[i]! += 10 * r[i]!;
      g[i - 1]! -= 30 * x[i - 1]! * x[i - 1]! * r[i]!;
    }
  },
};
