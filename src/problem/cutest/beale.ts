import { exactly, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

const Y = [1.5, 2.25, 2.625];

export const beale: Problem = {
  name: "BEALE",
  source:
    "CUTEst SIF (BEALE); Beale 1958; Moré, Garbow, Hillstrom 1981, problem 5; " +
    "sum_{k=1..3} (y_k - x1 (1 - x2^k))^2, y = (1.5, 2.25, 2.625)",
  dimensions: [2],
  refuses: exactly(2),
  start: repeated(1),
  value(x) {
    let sum = 0;
    let power = 1;
    for (let k = 0; k < 3; k++) {
      power *= x[1]!;
      const r = Y[k]! - x[0]! * (1 - power);
      sum += r * r;
    }
    return sum;
  },
  gradient(x) {
    const g = new Float64Array(2);
    for (let k = 1; k <= 3; k++) {
      const below = x[1]! ** (k - 1);
      const r = Y[k - 1]! - x[0]! * (1 - below * x[1]!);
      g[0]! -= 2 * r * (1 - below * x[1]!);
      g[1]! += 2 * r * x[0]! * k * below;
    }
    return g;
  },
};
