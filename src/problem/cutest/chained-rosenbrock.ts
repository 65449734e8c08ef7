/** Chains of Rosenbrock valleys, sum_{i<n} 100 (x_{i+1} - x_i^2)^2, that differ in the terms which pull along them. */
import { atLeast, numbered, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

function bends(x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const bend = x[i + 1]! - x[i]! * x[i]!;
    sum += bend * bend;
  }
  return 100 * sum;
}

function bendsGradient(x: Float64Array): Float64Array {
  const g = new Float64Array(x.length);
  for (let i = 0; i + 1 < x.length; i++) {
    const bend = 200 * (x[i + 1]! - x[i]! * x[i]!);
    g[i]! -= 2 * bend * x[i]!;
    g[i + 1]! += bend;
  }
  return g;
}

/** The sum of (x_i - 1)^2 over from <= i < to, counted from 0. */
function apart(x: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += (x[i]! - 1) * (x[i]! - 1);
  return sum;
}

function addApart(x: Float64Array, from: number, to: number, g: Float64Array): Float64Array {
  for (let i = from; i < to; i++) g[i]! += 2 * (x[i]! - 1);
  return g;
}

export const extrosnb: Problem = {
  name: "EXTROSNB",
  source: "CUTEst SIF (EXTROSNB); Toint 1983, problem 10; (x1 - 1)^2 + 100 sum_{i>=2} (x_i - x_{i-1}^2)^2",
  dimensions: [100, 1000],
  refuses: atLeast(2),
  start: repeated(-1),
  value: (x) => bends(x) + apart(x, 0, 1),
  gradient: (x) => addApart(x, 0, 1, bendsGradient(x)),
};

export const fletchcr: Problem = {
  name: "FLETCHCR",
  source:
    "CUTEst SIF (FLETCHCR); Fletcher 1992, second problem, the chained Rosenbrock function; " +
    "sum_{i<n} 100 (x_{i+1} - x_i^2)^2 + (x_i - 1)^2; another function of Fletcher's goes by this name as well",
  dimensions: [1000, 100],
  refuses: atLeast(2),
  start: repeated(0),
  value: (x) => bends(x) + apart(x, 0, x.length - 1),
  gradient: (x) => addApart(x, 0, x.length - 1, bendsGradient(x)),
};

export const genrose: Problem = {
  name: "GENROSE",
  source:
    "CUTEst SIF (GENROSE); Nash 1984, problem 5; " +
    "1 + sum_{i=2..n} 100 (x_i - x_{i-1}^2)^2 + (x_i - 1)^2; start i/(n + 1)",
  dimensions: [500, 100],
  refuses: atLeast(2),
  start: numbered((i, d) => i / (d + 1)),
  value: (x) => 1 + bends(x) + apart(x, 1, x.length),
  gradient: (x) => addApart(x, 1, x.length, bendsGradient(x)),
};
