import { atLeast, numbered } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** Entries beside the diagonal on either side. */
const BAND = 6;
const Q = 1.5;

/** Entry of the symmetric matrix A, i and j counted from 1. */
function entry(i: number, j: number, n: number): number {
  return Math.sin(i * j) * Math.exp(-((i - j) * (i - j)) / (n * n));
}

/** Row i of (A - mu) x, i counted from 1; x holds mu last. */
function row(x: Float64Array, i: number): number {
  const n = x.length - 1;
  let sum = 0;
  for (let j = Math.max(1, i - BAND); j <= Math.min(n, i + BAND); j++) sum += entry(i, j, n) * x[j - 1]!;
  return sum - x[n]! * x[i - 1]!;
}

function length2(x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i + 1 < x.length; i++) sum += x[i]! * x[i]!;
  return sum;
}

/** Auchmuty's variational eigenvalue of a banded matrix. */
export const vareigvl: Problem = {
  name: "VAREIGVL",
  source:
    "CUTEst SIF (VAREIGVL, m = 6, q = 1.5); Auchmuty; Moré 1989, problem 1; variables x_1..x_N, mu, n = N + 1: " +
    "(1/2) sum_i ((A x)_i - mu x_i)^2 + (1/q) (sum_i x_i^2)^q, a_ij = sin(i j) exp(-(i - j)^2 / N^2) for |i - j| <= m, " +
    "else 0; start x = 1, mu = 0",
  dimensions: [50, 20, 500],
  refuses: atLeast(2 * BAND + 2),
  start: numbered((i, d) => (i < d ? 1 : 0)),
  value(x) {
    let sum = 0;
    for (let i = 1; i < x.length; i++) {
      const r = row(x, i);
      sum += r * r;
    }
    return 0.5 * sum + length2(x) ** Q / Q;
  },
  gradient(x) {
    const n = x.length - 1;
    const g = new Float64Array(x.length);
    const outward = 2 * length2(x) ** (Q - 1);
    for (let i = 1; i <= n; i++) {
      const r = row(x, i);
      for (let j = Math.max(1, i - BAND); j <= Math.min(n, i + BAND); j++) g[j - 1]! += entry(i, j, n) * r;
      g[i - 1]! += outward * x[i - 1]! - x[n]! * r;
      g[n]! -= x[i - 1]! * r;
    }
    return g;
  },
};
