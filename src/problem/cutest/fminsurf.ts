import type { Problem } from "../problem.ts";

/** The surface of least area over the unit square with a free boundary, near height 0 on average: the plane 0, value 1. */
export const fminsurf: Problem = {
  name: "FMINSURF",
  source:
    "CUTEst SIF (FMINSURF); Griewank, Toint 1982; heights x_ij on a p x p grid, n = p^2, i running fastest: sum_{i,j<p} " +
    "sqrt(1 + (p-1)^2/2 ((x_ij - x_{i+1,j+1})^2 + (x_{i+1,j} - x_{i,j+1})^2)) / (p-1)^2 + (sum x_ij / p^2)^2; " +
    "start 1 + 8 (i-1)/(p-1) + 4 (j-1)/(p-1) on the boundary, 0 inside",
  dimensions: [64, 1024],
  refuses: (d) =>
    d >= 4 && Number.isInteger(Math.sqrt(d))
      ? undefined
      : `the dimension must be a square, 4 or more; got ${d}.`,
  start(d) {
    const p = Math.sqrt(d);
    const x = new Float64Array(d);
    for (let j = 0; j < p; j++) {
      for (let i = 0; i < p; i++) {
        const boundary = i === 0 || j === 0 || i === p - 1 || j === p - 1;
        if (boundary) x[j * p + i] = 1 + (8 * i + 4 * j) / (p - 1);
      }
    }
    return x;
  },
  value(x) {
    const p = Math.sqrt(x.length);
    const squares = (p - 1) * (p - 1);
    let area = 0;
    let height = 0;
    for (let k = 0; k < x.length; k++) height += x[k]!;
    for (let j = 0; j + 1 < p; j++) {
      for (let k = j * p; k + 1 < (j + 1) * p; k++) {
        const a = x[k]! - x[k + p + 1]!;
        const b = x[k + 1]! - x[k + p]!;
        area += Math.sqrt(1 + 0.5 * squares * (a * a + b * b));
      }
    }
    const mean = height / x.length;
    return area / squares + mean * mean;
  },
  gradient(x) {
    const p = Math.sqrt(x.length);
    const squares = (p - 1) * (p - 1);
    const height = x.reduce((sum, xk) => sum + xk, 0);
    const g = new Float64Array(x.length).fill((2 * height) / x.length / x.length);
    for (let j = 0; j + 1 < p; j++) {
      for (let k = j * p; k + 1 < (j + 1) * p; k++) {
        const a = x[k]! - x[k + p + 1]!;
        const b = x[k + 1]! - x[k + p]!;
        const c = 0.5 / Math.sqrt(1 + 0.5 * squares * (a * a + b * b));
        g[k]! += c * a;
        g[k + p + 1]! -= c * a;
        g[k + 1]! += c * b;
        g[k + p]! -= c * b;
      }
    }
    return g;
  },
};
