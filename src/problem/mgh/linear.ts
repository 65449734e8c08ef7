/** Three linear functions; the last two have Jacobians of rank one. */
import type { LeastSquares } from "../least-squares.ts";
import { repeated } from "../parts.ts";

export const linearFullRank: LeastSquares = {
  title: "Linear, full rank",
  source:
    "Moré, Garbow, Hillstrom 1981, problem 32; r_i = x_i - (2/m) sum_j x_j - 1, without the x_i for i > n",
  start: repeated(1),
  residuals(x, r) {
    let sum = 0;
    for (let j = 0; j < x.length; j++) sum += x[j]!;
    const shared = (2 * sum) / r.length + 1;
    for (let i = 0; i < r.length; i++) r[i] = (i < x.length ? x[i]! : 0) - shared;
  },
  pull(x, r, g) {
    let sum = 0;
    for (let i = 0; i < r.length; i++) sum += r[i]!;
    for (let j = 0; j < x.length; j++) g[j]! += r[j]! - (2 * sum) / r.length;
  },
};

export const linearRankOne: LeastSquares = {
  title: "Linear, rank 1",
  source: "Moré, Garbow, Hillstrom 1981, problem 33; r_i = i sum_j j x_j - 1",
  start: repeated(1),
  residuals(x, r) {
    let sum = 0;
    for (let j = 0; j < x.length; j++) sum += (j + 1) * x[j]!;
    for (let i = 0; i < r.length; i++) r[i] = (i + 1) * sum - 1;
  },
  pull(x, r, g) {
    let sum = 0;
    for (let i = 0; i < r.length; i++) sum += (i + 1) * r[i]!;
    for (let j = 0; j < x.length; j++) g[j]! += (j + 1) * sum;
  },
};

export const linearRankOneZeros: LeastSquares = {
  title: "Linear, rank 1, zero columns and rows",
  source:
    "Moré, Garbow, Hillstrom 1981, problem 34; r_i = (i-1) sum_{j=2..n-1} j x_j - 1 for i < m, r_m = -1; " +
    "the first and last x are without effect",
  start: repeated(1),
  residuals(x, r) {
    let sum = 0;
    for (let j = 1; j + 1 < x.length; j++) sum += (j + 1) * x[j]!;
    for (let i = 0; i + 1 < r.length; i++) r[i] = i * sum - 1;
    r[r.length - 1] = -1;
  },
  pull(x, r, g) {
    let sum = 0;
    for (let i = 0; i + 1 < r.length; i++) sum += i * r[i]!;
    for (let j = 1; j + 1 < x.length; j++) g[j]! += (j + 1) * sum;
  },
};
