/** SINQUAD as it was first decoded, its middle terms not squared, and as it was meant. */
import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

/** sin(x_i - x_n) - x1^2 + x_i^2 */
function middle(x: Float64Array, i: number): number {
  return Math.sin(x[i]! - x[x.length - 1]!) - x[0]! * x[0]! + x[i]! * x[i]!;
}

/** (x1 - 1)^4 + (x_n^2 - x1^2)^2 */
function ends(x: Float64Array): number {
  const [first, last] = [x[0]!, x[x.length - 1]!];
  return (first - 1) ** 4 + (last * last - first * first) ** 2;
}

function endsGradient(x: Float64Array): Float64Array {
  const [first, last] = [x[0]!, x[x.length - 1]!];
  const g = new Float64Array(x.length);
  g[0]! += 4 * (first - 1) ** 3 - 4 * first * (last * last - first * first);
  g[x.length - 1]! += 4 * last * (last * last - first * first);
  return g;
}

/** Adds c times the gradient of `middle(x, i)` to g. */
function pullMiddle(x: Float64Array, i: number, c: number, g: Float64Array): void {
  const cosine = Math.cos(x[i]! - x[x.length - 1]!);
  g[i]! += c * (cosine + 2 * x[i]!);
  g[x.length - 1]! -= c * cosine;
  g[0]! -= 2 * c * x[0]!;
}

/** Unbounded below for n >= 3: for looking at old results only; see SINQUAD2. */
export const sinquad: Problem = {
  name: "SINQUAD",
  source:
    "CUTEst SIF (SINQUAD, legacy decoding); Gould 1989; " +
    "(x1 - 1)^4 + sum_{i=2..n-1} (sin(x_i - x_n) - x1^2 + x_i^2) + (x_n^2 - x1^2)^2; unbounded below",
  dimensions: [50, 1000],
  refuses: atLeast(3),
  start: repeated(0.1),
  value(x) {
    let sum = ends(x);
    for (let i = 1; i + 1 < x.length; i++) sum += middle(x, i);
    return sum;
  },
  gradient(x) {
    const g = endsGradient(x);
    for (let i = 1; i + 1 < x.length; i++) pullMiddle(x, i, 1, g);
    return g;
  },
};

export const sinquad2: Problem = {
  name: "SINQUAD2",
  source:
    "CUTEst SIF (SINQUAD2); Gould 1989, corrected 2024; " +
    "(x1 - 1)^4 + sum_{i=2..n-1} (sin(x_i - x_n) - x1^2 + x_i^2)^2 + (x_n^2 - x1^2)^2",
  dimensions: [50, 1000],
  refuses: atLeast(3),
  start: repeated(0.1),
  value(x) {
    let sum = ends(x);
    for (let i = 1; i + 1 < x.length; i++) {
      const r = middle(x, i);
      sum += r * r;
    }
    return sum;
  },
  gradient(x) {
    const g = endsGradient(x);
    for (let i = 1; i + 1 < x.length; i++) pullMiddle(x, i, 2 * middle(x, i), g);
    return g;
  },
};
