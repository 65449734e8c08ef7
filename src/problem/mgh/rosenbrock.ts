import type { LeastSquares } from "../least-squares.ts";
import { repeated } from "../parts.ts";

/** A curved, nearly flat valley. */
export const rosenbrock: LeastSquares = {
  title: "Rosenbrock",
  source: "Rosenbrock 1960; Moré, Garbow, Hillstrom 1981, problem 1; r = (10(x2 - x1^2), 1 - x1)",
  start: repeated(-1.2, 1),
  residuals(x, r) {
    r[0] = 10 * (x[1]! - x[0]! * x[0]!);
    r[1] = 1 - x[0]!;
  },
  pull(x, r, g) {
    g[0]! += -20 * x[0]! * r[0]! - r[1]!;
    g[1]! += 10 * r[0]!;
  },
};
