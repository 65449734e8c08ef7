import type { LeastSquares } from "../least-squares.ts";
import { repeated } from "../parts.ts";

export const brownDennis: LeastSquares = {
  title: "Brown and Dennis",
  source:
    "Brown, Dennis 1971; Moré, Garbow, Hillstrom 1981, problem 16; " +
    "r_i = (x1 + t x2 - exp(t))^2 + (x3 + x4 sin t - cos t)^2, t = i/5, i = 1..m",
  start: repeated(25, 5, -5, -1),
  residuals(x, r) {
    for (let i = 0; i < r.length; i++) {
      const t = (i + 1) / 5;
      const a = x[0]! + t * x[1]! - Math.exp(t);
      const b = x[2]! + Math.sin(t) * x[3]! - Math.cos(t);
      r[i] = a * a + b * b;
    }
  },
  pull(x, r, g) {
    for (let i = 0; i < r.length; i++) {
      const t = (i + 1) / 5;
      const a = 2 * r[i]! * (x[0]! + t * x[1]! - Math.exp(t));
      const b = 2 * r[i]! * (x[2]! + Math.sin(t) * x[3]! - Math.cos(t));
      g[0]! += a;
      g[1]! += t * a;
      g[2]! += b;
      g[3]! += Math.sin(t) * b;
    }
  },
};
