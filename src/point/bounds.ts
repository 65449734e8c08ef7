/** Bounds on each coordinate, and the projection onto the box they span. */
import { RelizoError } from "../error.ts";
import { show } from "../option.ts";

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

/**
 * @throws RelizoError SHAPE when a list has another length than d; OPTION when it holds NaN or lower exceeds upper
 */
export function boxOf(bounds: Bounds, d: number): Box {
  const stray = Object.keys(bounds).find((key) => key !== "lower" && key !== "upper");
  if (stray !== undefined)
    throw new RelizoError("OPTION", `bounds: unknown option "${stray}"; the options are lower, upper.`);
  const lower = spread("lower", bounds.lower ?? Number.NEGATIVE_INFINITY, d);
  const upper = spread("upper", bounds.upper ?? Number.POSITIVE_INFINITY, d);
  for (let i = 0; i < d; i++)
    if (
      !(
        lower[i]! <= upper[i]! &&
        lower[i]! < Number.POSITIVE_INFINITY &&
        upper[i]! > Number.NEGATIVE_INFINITY
      )
    )
      throw new RelizoError(
        "OPTION",
        `bounds: lower[${i}] = ${lower[i]} must not exceed upper[${i}] = ${upper[i]}, and leave a finite number between.`,
      );
  return { lower, upper };
}

function spread(name: string, bound: number | ArrayLike<number>, d: number): Float64Array {
  if (typeof bound === "number") return new Float64Array(d).fill(bound);
  if (typeof bound !== "object" || bound === null || bound.length !== d)
    throw new RelizoError("SHAPE", `bounds: ${name} must be a number or a list of ${d}, got ${show(bound)}.`);
  return Float64Array.from(bound);
}

/** The point of the box nearest to x, in every norm that weighs coordinates one by one: a fresh array. */
export function project(x: Float64Array, { lower, upper }: Box): Float64Array {
  return x.map((value, i) => Math.min(Math.max(value, lower[i]!), upper[i]!));
}
