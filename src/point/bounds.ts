/** Bounds on each coordinate, and the projection onto the box they span. */
import { custom, has, need, type Rule, readOptions } from "../option.ts";

/** Least and largest allowed value, for all coordinates or one by one; infinite where there is none. */
export interface Bounds {
  readonly lower?: number | ArrayLike<number>;
  readonly upper?: number | ArrayLike<number>;
}

/** Bounds written out: lower[i] <= x[i] <= upper[i], both of length d. */
export interface Box {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** @throws RelizoError OPTION when a list has another length than d, holds NaN, or lower exceeds upper */
export function boxOf(bounds: Bounds, d: number): Box {
  const rule = (fallback: number): Rule<number | ArrayLike<number>> =>
    custom(fallback, `a number or a list of ${d}`, (value): value is number | ArrayLike<number> =>
      has(value, "length") ? value.length === d : typeof value === "number",
    );
  const read = readOptions<Required<Bounds>>("bounds", bounds, {
    lower: rule(-Infinity),
    upper: rule(Infinity),
  });
  const lower = spread(read.lower, d);
  const upper = spread(read.upper, d);
  lower.forEach((low, i) => {
    const high = upper[i]!;
    const fine = low <= high && low < Infinity && high > -Infinity;
    need(fine, "OPTION", `bounds: upper[${i}] must not be below lower[${i}] = ${low}`, high);
  });
  return { lower, upper };
}

function spread(bound: number | ArrayLike<number>, d: number): Float64Array {
  return typeof bound === "number" ? new Float64Array(d).fill(bound) : Float64Array.from(bound);
}

/** The point of the box nearest to x, in every norm that weighs coordinates one by one: a fresh array. */
export function project(x: Float64Array, { lower, upper }: Box): Float64Array {
  return x.map((value, i) => Math.min(Math.max(value, lower[i]!), upper[i]!));
}
