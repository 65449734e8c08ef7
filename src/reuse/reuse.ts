/** What serves again in later turns, and how: a rule, so that a bundle carries only those it uses. */
import { custom, has, type Rule } from "../option.ts";
import type { Space } from "../space/space.ts";
import type { Line } from "./carry.ts";
import type { History } from "./history.ts";

export interface Reuse {
  /** How many of n samples are drawn afresh beside what is kept. */
  fresh(n: number, kept: History<unknown>): number;
  /** What is remembered after a step along the line, from an iterate where f had that value. */
  remember<V>(space: Space<V>, samples: History<V>, line: Line<V>, value: number, n: number): History<V>;
  /** What is wrong with differences, as `interpolate` takes it; left out: nothing. */
  noise?(samples: History<unknown>): Float64Array;
  /** What serves on another minibatch; left out: nothing, since values of two minibatches are never compared. */
  elsewhere?<V>(history: History<V>): History<V>;
}

/** One of these names, or a rule; the first name by default. */
export const reuseRule = <T>(...names: readonly [T, ...T[]]): Rule<T | Reuse> =>
  custom(
    names[0],
    `${names.join(", ")} or slopes()`,
    (value): value is T | Reuse => names.some((name) => name === value) || has(value, "remember"),
  );
