/** Broyden's tridiagonal and banded systems, as sums of squares or of powers 7/3. */
import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** (3 - 2 x_i) x_i - x_{i-1} - 2 x_{i+1} + 1, the neighbours beyond the ends being 0. */
function tridiagonal(x: Float64Array, i: number): number {
  const before = i > 0 ? x[i - 1]! : 0;
  const after = i + 1 < x.length ? x[i + 1]! : 0;
  return (3 - 2 * x[i]!) * x[i]! - before - 2 * after + 1;
}

/** Adds c times the gradient of `tridiagonal(x, i)` to g. */
function pullTridiagonal(x: Float64Array, i: number, c: number, g: Float64Array): void {
  g[i]! += c * (3 - 4 * x[i]!);
  if (i > 0) g[i - 1]! -= c;
  if (i + 1 < x.length) g[i + 1]! -= 2 * c;
}

export const broydn3dls: Problem = {
  name: "BROYDN3DLS",
  source:
    "CUTEst SIF (BROYDN3DLS); Moré, Garbow, Hillstrom 1981, problem 30; " +
    "sum_i ((3 - 2 x_i) x_i - x_{i-1} - 2 x_{i+1} + 1)^2, x_0 = x_{n+1} = 0",
  dimensions: [50, 1000],
  refuses: atLeast(2),
  start: repeated(-1),
  value(x) {
    let sum = 0;
    for (let i = 0; i < x.length; i++) {
      const r = tridiagonal(x, i);
      sum += r * r;
    }
    return sum;
  },
  gradient(x) {
    const g = new Float64Array(x.length);
    for (let i = 0; i < x.length; i++) pullTridiagonal(x, i, 2 * tridiagonal(x, i), g);
    return g;
  },
};

const POWER = 7 / 3;

export const broydn7d: Problem = {
  name: "BROYDN7D",
  source:
    "CUTEst SIF (BROYDN7D); seven diagonals after Broyden; sum_i |(3 - 2 x_i) x_i - x_{i-1} - 2 x_{i+1} + 1|^(7/3) " +
    "+ sum_{i<=n/2} |x_i + x_{i+n/2}|^(7/3), x_0 = x_{n+1} = 0, start +1 (other libraries: 3 - x_i/2, start -1)",
  dimensions: [50, 1000],
  refuses: atLeast(2, 2),
  start: repeated(1),
  value(x) {
    const half = x.length / 2;
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += Math.abs(tridiagonal(x, i)) ** POWER;
    for (let i = 0; i < half; i++) sum += Math.abs(x[i]! + x[i + half]!) ** POWER;
    return sum;
  },
  gradient(x) {
    const half = x.length / 2;
    const slope = (r: number) => POWER * Math.sign(r) * Math.abs(r) ** (POWER - 1);
    const g = new Float64Array(x.length);
    for (let i = 0; i < x.length; i++) pullTridiagonal(x, i, slope(tridiagonal(x, i)), g);
    for (let i = 0; i < half; i++) {
      const s = slope(x[i]! + x[i + half]!);
      g[i]! += s;
      g[i + half]! += s;
    }
    return g;
  },
};

const BANDED =
  "Moré, Garbow, Hillstrom 1981, problem 31, as the SIF file decodes, without the constant 1; sum_i r_i^2, " +
  "r_i = 2 x_i - sum_J x_j + 5 x_i^2 - sum_{j<i} x_j^3 - sum_{j>i} x_j^2 for 6 <= i <= n-2, " +
  "else r_i = 2 x_i - sum_J x_j + 5 x_i^3 - sum_J x_j^2, J = i-5..i+1 within 1..n without i";

/** Residual i, counted from 0. */
function banded(x: Float64Array, i: number): number {
  const inside = i >= 5 && i <= x.length - 3;
  const t = x[i]!;
  let r = 2 * t + 5 * t * t * (inside ? 1 : t);
  for (let j = Math.max(0, i - 5); j < i; j++) r -= x[j]! + x[j]! * x[j]! * (inside ? x[j]! : 1);
  if (i + 1 < x.length) r -= x[i + 1]! + x[i + 1]! * x[i + 1]!;
  return r;
}

function bandedProblem(name: string, dimensions: readonly number[]): Problem {
  return {
    name,
    source: `CUTEst SIF (${name}); ${BANDED}`,
    dimensions,
    refuses: atLeast(8),
    start: repeated(1),
    value(x) {
      let sum = 0;
      for (let i = 0; i < x.length; i++) {
        const r = banded(x, i);
        sum += r * r;
      }
      return sum;
    },
    gradient(x) {
      const g = new Float64Array(x.length);
      for (let i = 0; i < x.length; i++) {
        const inside = i >= 5 && i <= x.length - 3;
        const c = 2 * banded(x, i);
        g[i]! += c * (2 + (inside ? 10 * x[i]! : 15 * x[i]! * x[i]!));
        for (let j = Math.max(0, i - 5); j < i; j++) g[j]! -= c * (1 + (inside ? 3 * x[j]! : 2) * x[j]!);
        if (i + 1 < x.length) g[i + 1]! -= c * (1 + 2 * x[i + 1]!);
      }
      return g;
    },
  };
}

export const broydnbdls: Problem = bandedProblem("BROYDNBDLS", [50, 10, 5000]);

/** The same function as BROYDNBDLS under its older name. */
export const brybnd: Problem = bandedProblem("BRYBND", [50, 1000]);
