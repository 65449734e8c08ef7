import type { LeastSquares } from "../least-squares.ts";
import { repeated } from "../parts.ts";

/** The Hessian is singular at the minimum. */
export const powellSingular: LeastSquares = {
  title: "Powell singular",
  source:
    "Powell 1962; Moré, Garbow, Hillstrom 1981, problem 13; " +
    "r = (x1 + 10 x2, sqrt(5)(x3 - x4), (x2 - 2 x3)^2, sqrt(10)(x1 - x4)^2)",
  start: repeated(3, -1, 0, 1),
  residuals(x, r) {
    r[0] = x[0]! + 10 * x[1]!;
    r[1] = Math.sqrt(5) * (x[2]! - x[3]!);
    r[2] = (x[1]! - 2 * x[2]!) ** 2;
    r[3] = Math.sqrt(10) * (x[0]! - x[3]!) ** 2;
  },
  pull(x, r, g) {
    const third = 2 * (x[1]! - 2 * x[2]!) * r[2]!;
    const fourth = 2 * Math.sqrt(10) * (x[0]! - x[3]!) * r[3]!;
    g[0]! += r[0]! + fourth;
    g[1]! += 10 * r[0]! + third;
    g[2]! += Math.sqrt(5) * r[1]! - 2 * third;
    g[3]! += -Math.sqrt(5) * r[1]! - fourth;
  },
};
