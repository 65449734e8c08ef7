/** The trigonometric system of Spedicato under two names with two starts. */
import { atLeast, numbered, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

const FORMULA =
  "Spedicato 1975; Moré, Garbow, Hillstrom 1981, problem 26; sum_i (n - sum_j cos x_j + i (1 - cos x_i - sin x_i))^2";

function value(x: Float64Array): number {
  const n = x.length;
  let cosines = 0;
  for (let j = 0; j < n; j++) cosines += Math.cos(x[j]!);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const r = n - cosines + (i + 1) * (1 - Math.cos(x[i]!) - Math.sin(x[i]!));
    sum += r * r;
  }
  return sum;
}

function gradient(x: Float64Array): Float64Array {
  const n = x.length;
  const cosines = x.reduce((sum, xj) => sum + Math.cos(xj), 0);
  const r = x.map((xi, i) => n - cosines + (i + 1) * (1 - Math.cos(xi) - Math.sin(xi)));
  const all = r.reduce((sum, ri) => sum + ri, 0);
  return x.map((xi, i) => 2 * (all * Math.sin(xi) + r[i]! * (i + 1) * (Math.sin(xi) - Math.cos(xi))));
}

export const argtrigls: Problem = {
  name: "ARGTRIGLS",
  source: `CUTEst SIF (ARGTRIGLS); ${FORMULA}; start 1/n`,
  dimensions: [200, 10],
  refuses: atLeast(1),
  start: numbered((_, d) => 1 / d),
  value,
  gradient,
};

export const trigon1: Problem = {
  name: "TRIGON1",
  source: `CUTEst SIF (TRIGON1); ${FORMULA}; start 0.1`,
  dimensions: [10, 100],
  refuses: atLeast(1),
  start: repeated(0.1),
  value,
  gradient,
};
