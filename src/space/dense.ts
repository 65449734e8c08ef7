/** Vectors as rows of numbers: every operation there is, for d up to about 1e6. */
import { jsKernels } from "../kernel/js/index.ts";
import type { Reals } from "../kernel/kernels.ts";
import { type Drawing, fillDirections } from "../sample/directions.ts";
import type { Stream } from "../sample/stream.ts";
import type { Space, Terms } from "./space.ts";

export interface DenseSpace<R extends Reals = Reals> extends Space<R> {
  /** All rows made so far but these may be written to again: without recycling, it does nothing. */
  keepOnly(rows: readonly (R | undefined)[]): void;
}

/**
 * @param make     a fresh row: its precision is the space's
 * @param recycle  false: every result is a new array, and states stay valid for ever (pure methods). true: rows given up
 *                 are written to again, so that a step allocates nothing after the first (one owner, no old states)
 */
export function denseSpace<R extends Reals>(
  dimension: number,
  make: (length: number) => R,
  recycle: boolean,
): DenseSpace<R> {
  const made = new Set<R>();
  let free: R[] = [];
  const row = (): R => {
    const out = free.pop() ?? make(dimension);
    if (recycle) made.add(out);
    return out;
  };
  return {
    dimension,
    roundoff: make(0) instanceof Float32Array ? 2 ** -24 : 2 ** -53,
    draw(count: number, stream: Stream, drawing: Drawing<R>): R[] {
      const rows = Array.from({ length: count }, row);
      fillDirections(rows, stream, drawing);
      return rows;
    },
    dot: jsKernels.dot,
    gram: jsKernels.gram,
    combine(terms: Terms<R>): R {
      const out = row();
      jsKernels.combine(out, terms);
      return out;
    },
    shift(v: R, terms: Terms<R>): R {
      const out = recycle ? v : row();
      jsKernels.perturb(out, v, terms);
      return out;
    },
    keepOnly(rows: readonly (R | undefined)[]): void {
      free = [...made].filter((row) => !rows.includes(row));
    },
  };
}
