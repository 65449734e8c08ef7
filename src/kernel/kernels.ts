/** What every arithmetic backend does, and how exactly: the only code that touches d numbers. */

import type { Reals } from "../point/reals.ts";

export type { Reals };

/** One term of a linear combination: coefficient and vector. */
export type Term<V> = readonly [number, V];

export interface Kernels {
  readonly backend: "js";
  /** out <- x + sum of c v over the terms, one pass over memory; `out` may be `x`, and none of the v. */
  perturb(out: Reals, x: Reals, terms: readonly Term<Reals>[]): void;
  /** out <- sum of c v over the terms; `out` may be one of the v. */
  combine(out: Reals, terms: readonly Term<Reals>[]): void;
  /** <a, b>, summed in float64: |error| <= gamma(d, 2^-53) sum |a_i b_i|. */
  dot(a: Reals, b: Reals): number;
  /** All products <rows[i], others[j]>, row-major, rows.length x others.length; the bound of `dot` for each. */
  gram(rows: readonly Reals[], others: readonly Reals[]): Float64Array;
}
