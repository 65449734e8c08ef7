/** Sums of squares f(x) = sum over i of r_i(x)^2, described by their residuals and the transposed Jacobian. */
import type { Problem } from "./problem.ts";

export interface LeastSquares {
  /** What the literature calls it: "Helical valley". */
  readonly title: string;
  /** Author, year, number in the collection; the residuals in words. */
  readonly source: string;
  /** The standard starting point, length n. */
  start(n: number): Float64Array;
  /** Writes r_i(x), all m of them, into r. */
  residuals(x: Float64Array, r: Float64Array): void;
  /** Adds J(x)^T r to g: g_j += sum over i of r_i times the derivative of r_i by x_j. */
  pull(x: Float64Array, r: Float64Array, g: Float64Array): void;
}

/** The value and gradient of a least-squares function with m(n) residuals. */
export function squares(f: LeastSquares, m: (n: number) => number): Pick<Problem, "value" | "gradient"> {
  const at = (x: Float64Array): Float64Array => {
    const r = new Float64Array(m(x.length));
    f.residuals(x, r);
    return r;
  };
  return {
    value(x) {
      const r = at(x);
      let sum = 0;
      for (let i = 0; i < r.length; i++) sum += r[i]! * r[i]!;
      return sum;
    },
    gradient(x) {
      const g = new Float64Array(x.length);
      f.pull(x, at(x), g);
      for (let j = 0; j < g.length; j++) g[j]! *= 2;
      return g;
    },
  };
}
