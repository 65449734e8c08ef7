/** A method is written once over an abstract vector space, so that the blackboard formula is the code. */
import type { Term } from "../kernel/kernels.ts";
import type { Drawing } from "../sample/directions.ts";
import type { Stream } from "../sample/stream.ts";

/** A linear combination that nobody has computed yet. */
export type Terms<V> = readonly Term<V>[];

export interface Space<V> {
  readonly dimension: number;
  /** Unit roundoff of what a vector stores: 2^-53 or 2^-24. */
  readonly roundoff: number;
  /** `count` fresh random directions of mean square length scale^2 d. */
  draw(count: number, stream: Stream, drawing: Drawing<V>): V[];
  /** <a, b>. */
  dot(a: V, b: V): number;
  /** All products <rows[i], others[j]>, row-major. */
  gram(rows: readonly V[], others: readonly V[]): Float64Array;
  /** sum of c v, a new vector. */
  combine(terms: Terms<V>): V;
  /** v + sum of c w. The caller gives v up: a space that recycles its buffers writes into it. */
  shift(v: V, terms: Terms<V>): V;
}
