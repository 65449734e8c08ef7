/** Two fits of sums of exponentials to measurements. */
import type { LeastSquares } from "../least-squares.ts";
import { repeated } from "../parts.ts";

const Y1 = [
  0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.85, 0.818, 0.784, 0.751, 0.718, 0.685, 0.658, 0.628,
  0.603, 0.58, 0.558, 0.538, 0.522, 0.506, 0.49, 0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.42, 0.414,
  0.411, 0.406,
];

const Y2 = [
  1.366, 1.191, 1.112, 1.013, 0.991, 0.885, 0.831, 0.847, 0.786, 0.725, 0.746, 0.679, 0.608, 0.655, 0.616,
  0.606, 0.602, 0.626, 0.651, 0.724, 0.649, 0.649, 0.694, 0.644, 0.624, 0.661, 0.612, 0.558, 0.533, 0.495,
  0.5, 0.423, 0.395, 0.375, 0.372, 0.391, 0.396, 0.405, 0.428, 0.429, 0.523, 0.562, 0.607, 0.653, 0.672,
  0.708, 0.633, 0.668, 0.645, 0.632, 0.591, 0.559, 0.597, 0.625, 0.739, 0.71, 0.729, 0.72, 0.636, 0.581,
  0.428, 0.292, 0.162, 0.098, 0.054,
];

export const osborne1: LeastSquares = {
  title: "Osborne 1",
  source:
    "Osborne 1972; Moré, Garbow, Hillstrom 1981, problem 17; " +
    "r_i = y_i - (x1 + x2 exp(-x4 t) + x3 exp(-x5 t)), t = 10 (i - 1), i = 1..33",
  start: repeated(0.5, 1.5, 1, 0.01, 0.02),
  residuals(x, r) {
    for (let i = 0; i < 33; i++) {
      const t = 10 * i;
      r[i] = Y1[i]! - (x[0]! + x[1]! * Math.exp(-x[3]! * t) + x[2]! * Math.exp(-x[4]! * t));
    }
  },
  pull(x, r, g) {
    for (let i = 0; i < 33; i++) {
      const t = 10 * i;
      const a = Math.exp(-x[3]! * t) * r[i]!;
      const b = Math.exp(-x[4]! * t) * r[i]!;
      g[0]! -= r[i]!;
      g[1]! -= a;
      g[2]! -= b;
      g[3]! += t * x[1]! * a;
      g[4]! += t * x[2]! * b;
    }
  },
};

export const osborne2: LeastSquares = {
  title: "Osborne 2",
  source:
    "Osborne 1972; Moré, Garbow, Hillstrom 1981, problem 19; " +
    "r_i = y_i - (x1 exp(-x5 t) + sum_{k=1..3} x_{k+1} exp(-x_{k+5} (t - x_{k+8})^2)), t = (i - 1)/10, i = 1..65",
  start: repeated(1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5),
  residuals(x, r) {
    for (let i = 0; i < 65; i++) {
      const t = i / 10;
      let sum = x[0]! * Math.exp(-x[4]! * t);
      for (let k = 1; k <= 3; k++) sum += x[k]! * Math.exp(-x[k + 4]! * (t - x[k + 7]!) ** 2);
      r[i] = Y2[i]! - sum;
    }
  },
  pull(x, r, g) {
    for (let i = 0; i < 65; i++) {
      const t = i / 10;
      const decay = Math.exp(-x[4]! * t) * r[i]!;
      g[0]! -= decay;
      g[4]! += t * x[0]! * decay;
      for (let k = 1; k <= 3; k++) {
        const off = t - x[k + 7]!;
        const bump = Math.exp(-x[k + 4]! * off * off) * r[i]!;
        g[k]! -= bump;
        g[k + 4]! += off * off * x[k]! * bump;
        g[k + 7]! -= 2 * off * x[k + 4]! * x[k]! * bump;
      }
    }
  },
};
