/** Vectors as rows of numbers: every operation there is, for d up to about 1e6. */
import { jsKernels } from "../kernel/js/index.ts";
import type { Reals } from "../kernel/kernels.ts";
import { type Drawing, fillDirections } from "../sample/directions.ts";
import type { Stream } from "../sample/stream.ts";
import type { Space, Terms } from "./space.ts";

export interface DenseSpace<R extends Reals = Reals> extends Space<R> {
  /** Rows ever made: with recycling, the most that were alive at once. */
  readonly rowsMade: number;
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
  const free: R[] = [];
  let made = 0;
  const row = (): R => {
    const used = free.pop();
    if (used) return used;
    made++;
    return make(dimension);
  };
  return {
    dimension,
    roundoff: make(0) instanceof Float32Array ? 2 ** -24 : 2 ** -53,
    get rowsMade(): number {
      return made;
    },
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
      if (recycle) {
        jsKernels.perturb(v, v, terms);
        return v;
      }
      const out = row();
      jsKernels.perturb(out, v, terms);
      return out;
    },
    drop(v: R): void {
      if (recycle) free.push(v);
    },
  };
}
