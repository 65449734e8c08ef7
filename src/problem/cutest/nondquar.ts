import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** The Hessian is singular at the minimum. */
export const nondquar: Problem = {
  name: "NONDQUAR",
  source:
    "CUTEst SIF (NONDQUAR); Conn, Gould, Lescrenier, Toint 1988, problem 57; " +
    "(x1 - x2)^2 + sum_{i<=n-2} (x_i + x_{i+1} + x_n)^4 + (x_{n-1} - x_n)^2",
  dimensions: [100, 1000],
  refuses: atLeast(3),
  start: repeated(1, -1),
  value(x) {
    const last = x.length - 1;
    const [first, final] = [x[0]! - x[1]!, x[last - 1]! - x[last]!];
    let sum = first * first + final * final;
    for (let i = 0; i + 1 < last; i++) {
      const s = x[i]! + x[i + 1]! + x[last]!;
      sum += s * s * (s * s);
    }
    return sum;
  },
  gradient(x) {
    const last = x.length - 1;
    const g = new Float64Array(x.length);
    const [first, final] = [2 * (x[0]! - x[1]!), 2 * (x[last - 1]! - x[last]!)];
    g[0]! += first;
    g[1]! -= first;
    g[last - 1]! += final;
    g[last]! -= final;
    for (let i = 0; i + 1 < last; i++) {
      const s = 4 * (x[i]! + x[i + 1]! + x[last]!) ** 3;
      g[i]! += s;
      g[i + 1]! += s;
      g[last]! += s;
    }
    return g;
  },
};
