/** Toint's banded problems with negative curvature, windows of 20 variables wide. */
import { atLeast, numbered, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

const WIDTH = 20;

/** sum over i <= count of (10/i) (sum of x/(1 + x^2) over a window from i)^2 - 0.2 (sum of x over it) */
function windows(x: Float64Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    let bent = 0;
    let straight = 0;
    for (let j = i; j < i + WIDTH; j++) {
      bent += x[j]! / (1 + x[j]! * x[j]!);
      straight += x[j]!;
    }
    sum += (10 / (i + 1)) * bent * bent - 0.2 * straight;
  }
  return sum;
}

function addWindowsGradient(x: Float64Array, count: number, g: Float64Array): void {
  for (let i = 0; i < count; i++) {
    let bent = 0;
    for (let j = i; j < i + WIDTH; j++) bent += x[j]! / (1 + x[j]! * x[j]!);
    for (let j = i; j < i + WIDTH; j++) {
      const square = x[j]! * x[j]!;
      g[j]! += ((20 / (i + 1)) * bent * (1 - square)) / (1 + square) ** 2 - 0.2;
    }
  }
}

const WINDOW = "(10/i) (sum_{j=0..19} x_{i+j}/(1 + x_{i+j}^2))^2 - 0.2 sum_{j=0..19} x_{i+j}";

export const ncb20: Problem = {
  name: "NCB20",
  source:
    "CUTEst SIF (NCB20); Toint 1992, private communication; with n = N + 10 and y the last ten: " +
    `sum_{i<=N-20} ${WINDOW}, + sum_{i<=N} (x_i^4 + 2) + 2 + 1e-4 sum_{i<=10} (x_i x_{i+10} y_i + 2 y_i^2); start 0, y = 1`,
  dimensions: [110, 1010],
  refuses: atLeast(31),
  start: numbered((i, d) => (i > d - 10 ? 1 : 0)),
  value(x) {
    const n = x.length - 10;
    let sum = windows(x, n - 20) + 2;
    for (let i = 0; i < n; i++) sum += x[i]! * x[i]! * (x[i]! * x[i]!) + 2;
    for (let i = 0; i < 10; i++) {
      const y = x[n + i]!;
      sum += 1e-4 * (x[i]! * x[i + 10]! * y + 2 * y * y);
    }
    return sum;
  },
  gradient(x) {
    const n = x.length - 10;
    const g = new Float64Array(x.length);
    addWindowsGradient(x, n - 20, g);
    for (let i = 0; i < n; i++) g[i]! += 4 * x[i]! * x[i]! * x[i]!;
    for (let i = 0; i < 10; i++) {
      const y = x[n + i]!;
      g[i]! += 1e-4 * x[i + 10]! * y;
      g[i + 10]! += 1e-4 * x[i]! * y;
      g[n + i]! += 1e-4 * (x[i]! * x[i + 10]! + 4 * y);
    }
    return g;
  },
};

export const ncb20b: Problem = {
  name: "NCB20B",
  source: `CUTEst SIF (NCB20B); Toint 1993, private communication; sum_{i<=n-19} ${WINDOW}, + sum_i (100 x_i^4 + 2)`,
  dimensions: [50, 500],
  refuses: atLeast(20),
  start: repeated(0),
  value(x) {
    let sum = windows(x, x.length - 19);
    for (let i = 0; i < x.length; i++) sum += 100 * x[i]! * x[i]! * (x[i]! * x[i]!) + 2;
    return sum;
  },
  gradient(x) {
    const g = new Float64Array(x.length);
    addWindowsGradient(x, x.length - 19, g);
    for (let i = 0; i < x.length; i++) g[i]! += 400 * x[i]! * x[i]! * x[i]!;
    return g;
  },
};
