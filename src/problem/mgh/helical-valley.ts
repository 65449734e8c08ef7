import type { LeastSquares } from "../least-squares.ts";
import { repeated } from "../parts.ts";

/** A valley that winds about the third axis; it jumps where x1 passes 0 with x2 < 0. */
export const helicalValley: LeastSquares = {
  title: "Helical valley",
  source:
    "Fletcher, Powell 1963; Moré, Garbow, Hillstrom 1981, problem 7; r = (10(x3 - 10 turn), 10(sqrt(x1^2 + x2^2) - 1), x3), " +
    "turn = atan(x2/x1)/(2 pi), plus 1/2 where x1 < 0; at x1 = 0 it is 1/4 as in BenDFO, and 0 at x1 = x2 = 0",
  start: repeated(-1, 0, 0),
  residuals(x, r) {
    r[0] = 10 * (x[2]! - 10 * turn(x[0]!, x[1]!));
    r[1] = 10 * (Math.sqrt(x[0]! * x[0]! + x[1]! * x[1]!) - 1);
    r[2] = x[2]!;
  },
  pull(x, r, g) {
    const square = x[0]! * x[0]! + x[1]! * x[1]!;
    const aroundAxis = (-100 * r[0]!) / (2 * Math.PI * square);
    const fromAxis = (10 * r[1]!) / Math.sqrt(square);
    g[0]! += -x[1]! * aroundAxis + x[0]! * fromAxis;
    g[1]! += x[0]! * aroundAxis + x[1]! * fromAxis;
    g[2]! += 10 * r[0]! + r[2]!;
  },
};

function turn(a: number, b: number): number {
  if (a === 0) return b === 0 ? 0 : 0.25;
  return Math.atan(b / a) / (2 * Math.PI) + (a < 0 ? 0.5 : 0);
}
