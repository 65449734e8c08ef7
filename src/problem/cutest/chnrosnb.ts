/** Toint's chained Rosenbrock function, and the one an error in writing it down gave. */
import { between, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** a_1..a_50 of the SIF file. */
const A = [
  1.25, 1.4, 2.4, 1.4, 1.75, 1.2, 2.25, 1.2, 1, 1.1, 1.5, 1.6, 1.25, 1.25, 1.2, 1.2, 1.4, 0.5, 0.5, 1.25, 1.8,
  0.75, 1.25, 1.4, 1.6, 2, 1, 1.6, 1.25, 2.75, 1.25, 1.25, 1.25, 3, 1.5, 2, 1.25, 1.4, 1.8, 1.5, 2.2, 1.4,
  1.5, 1.25, 2, 1.5, 1.25, 1.4, 0.6, 1.5,
];

/** 16 a_i^2, i counted from 0. */
const weight = (i: number): number => 16 * A[i]! * A[i]!;

export const chnrosnb: Problem = {
  name: "CHNROSNB",
  source:
    "CUTEst SIF (CHNROSNB); Toint 1978; " +
    "sum_{i=2..n} 16 a_i^2 (x_{i-1} - x_i^2)^2 + (x_i - 1)^2, a_1..a_50 tabulated in the SIF file",
  dimensions: [50, 25],
  refuses: between(2, 50),
  start: repeated(-1),
  value(x) {
    let sum = 0;
    for (let i = 1; i < x.length; i++) {
      const bend = x[i - 1]! - x[i]! * x[i]!;
      sum += weight(i) * bend * bend + (x[i]! - 1) * (x[i]! - 1);
    }
    return sum;
  },
  gradient(x) {
    const g = new Float64Array(x.length);
    for (let i = 1; i < x.length; i++) {
      const c = 2 * weight(i) * (x[i - 1]! - x[i]! * x[i]!);
      g[i - 1]! += c;
      g[i]! += 2 * (x[i]! - 1) - 2 * c * x[i]!;
    }
    return g;
  },
};

export const errinros: Problem = {
  name: "ERRINROS",
  source:
    "CUTEst SIF (ERRINROS); Toint 1990, an error in specifying CHNROSNB; " +
    "sum_{i=2..n} (x_{i-1} - 16 a_i^2 x_i^2)^2 + (x_i - 1)^2, a_i as in CHNROSNB",
  dimensions: [25, 50],
  refuses: between(2, 50),
  start: repeated(-1),
  value(x) {
    let sum = 0;
    for (let i = 1; i < x.length; i++) {
      const bend = x[i - 1]! - weight(i) * x[i]! * x[i]!;
      sum += bend * bend + (x[i]! - 1) * (x[i]! - 1);
    }
    return sum;
  },
  gradient(x) {
    const g = new Float64Array(x.length);
    for (let i = 1; i < x.length; i++) {
      const c = 2 * (x[i - 1]! - weight(i) * x[i]! * x[i]!);
      g[i - 1]! += c;
      g[i]! += 2 * (x[i]! - 1) - 2 * c * weight(i) * x[i]!;
    }
    return g;
  },
};
