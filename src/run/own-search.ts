/** A line search of the caller's own, in units of x, at the end of a ReLIZO turn. */

import { RelizoError } from "../error.ts";
import type { Turn } from "../method/relizo-state.ts";
import { need } from "../option.ts";
import type { Terms } from "../space/space.ts";
import { settle } from "./either.ts";
import type { LineSearch } from "./lizo-options.ts";

/** A routine that asks for values, each of which may be a promise, until it has its result. */
export type Asking<T> = Generator<unknown, T, unknown>;

/**
 * @param query  asks for the objective at a displacement from x
 * @returns t, the step being -t p, and the value there where it was asked for
 * @throws RelizoError VALUE when the search returns no finite step
 */
export function* searched<V>(
  { p, square, search }: Turn<V>,
  choose: LineSearch,
  query: (terms: Terms<V>) => Asking<number>,
): Asking<{ readonly t: number; readonly value: number | undefined }> {
  const norm = Math.sqrt(square);
  const seen = new Map<number, number>();
  let asking = 0;
  const checkTurn = (): void => {
    if (asking > 0)
      throw new RelizoError("STATE", "LIZO.step: phi takes one call at a time, during its search.");
  };
  function* phi(step: number): Asking<number> {
    checkTurn();
    asking++;
    try {
      const value = yield* query([[-step / norm, p]]);
      seen.set(step, value);
      return value;
    } finally {
      asking--;
    }
  }
  const { value, slope, length } = search;
  try {
    const step = yield choose((at) => settle(phi(at)), value, slope / norm, length * norm);
    checkTurn();
    need(Number.isFinite(step), "VALUE", "LIZO.step: lineSearchFn must return a finite step", step);
    return { t: Number(step) / norm, value: seen.get(Number(step)) };
  } finally {
    asking++; // for good
  }
}
