/** The published optimizer's line search, as it stands: for golden traces alone. */
import type { Search } from "./armijo.ts";

const SHRINK = 0.2;
const C1 = 0.1;
const MOST_TRIALS = 10;

/**
 * Accepts where f(x - t p) <= f(x) + 0.1 t |p|: the sign lets f rise. After ten failures it returns the next shorter
 * length, untried. Defects 1 and 2 of the reference; `tellSearch` is the correct one.
 *
 * @source Thinklab-SJTU/ReLIZO, relizo.py, `_backtracking` with its defaults
 */
export function tellReferenceSearch(search: Search, value: number): Search {
  const { length } = search;
  const tried = [...search.tried, { length, value }];
  if (value <= search.value + C1 * length * search.norm)
    return { ...search, tried, accepted: { length, value } };
  const shorter = SHRINK * length;
  if (tried.length < MOST_TRIALS) return { ...search, tried, length: shorter };
  return { ...search, tried, accepted: { length: shorter, value: Number.NaN } };
}
