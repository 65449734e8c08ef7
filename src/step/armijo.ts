/**
 * Line search by sufficient decrease, as plain data: one trial is asked for, its value is told, until it is done. It
 * shrinks where a trial fails and grows where the parabola through what is known says that a longer step pays.
 *
 * @source Armijo, Pacific J. Math. 16 (1966), condition (1); Nocedal, Wright, 2nd ed., section 3.5 for the parabola
 */
export interface Search {
  /** f at the iterate. */
  readonly value: number;
  /** Directional derivative along the search direction: negative. */
  readonly slope: number;
  /** Norm of the search direction. */
  readonly norm: number;
  /** The step length to try now. */
  readonly length: number;
  /** The longest step that passed so far. */
  readonly passed?: { readonly length: number; readonly value: number };
  /** All lengths tried, with their values. */
  readonly tried: readonly { readonly length: number; readonly value: number }[];
  /** Undefined while it goes on; 0 where no trial passed. */
  readonly accepted?: { readonly length: number; readonly value: number };
}

/** f(t) <= f(0) + DECREASE t f'(0) is enough. */
const DECREASE = 1e-4;
const MOST_TRIALS = 12;
const LONGER = 1.5;

export function beginSearch(value: number, slope: number, norm: number, length: number): Search {
  return { value, slope, norm, length, tried: [] };
}

/** The search once the value at `search.length` is known; NaN fails. */
export function tellSearch(search: Search, value: number): Search {
  const { length, passed } = search;
  const tried = [...search.tried, { length, value }];
  const passes =
    Number.isFinite(value) && value - search.value <= DECREASE * length * Math.min(search.slope, 0);
  const better = passes && !(passed && passed.value <= value);
  const best = better ? { length, value } : passed;
  const next = { ...search, tried, ...(best && { passed: best }) };
  if (best === undefined) {
    if (tried.length >= MOST_TRIALS) return { ...next, accepted: { length: 0, value: search.value } };
    return { ...next, length: length * clamp(parabola(search, length, value) / length, 0.1, 0.5) };
  }
  const longer = better ? clamp(parabola(search, length, value), 0, 10 * length) : 0;
  const shrunk = tried.some((t) => t.length > length);
  if (shrunk || !(longer > LONGER * length) || tried.length >= MOST_TRIALS)
    return { ...next, accepted: best };
  return { ...next, length: longer };
}

/** Where the parabola through f(0), f'(0) and f(length) is least; Infinity where it falls for ever. */
export function parabola(search: Pick<Search, "value" | "slope">, length: number, value: number): number {
  if (!Number.isFinite(value)) return 0;
  const bend = value - search.value - search.slope * length;
  return bend > 0 ? (-search.slope * length * length) / (2 * bend) : Infinity;
}

const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
