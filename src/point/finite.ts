/** The one check that numbers are finite. */
import { has, need } from "../option.ts";
import type { Reals } from "./reals.ts";

/**
 * x0 as a fresh row of float64.
 *
 * @throws RelizoError SHAPE when it is not a list of at least one number; VALUE when one is not finite, with its index
 */
export function finitePoint(where: string, x0: ArrayLike<number>): Float64Array {
  const x = Float64Array.from(has(x0) ? x0 : [], (value) => (typeof value === "number" ? value : Number.NaN));
  need(x.length > 0, "SHAPE", `${where}: x0 must be a list of at least one number`, x0);
  needFinite(`${where}: x0`, x, x0);
  return x;
}

/** @throws RelizoError VALUE for a number that is not finite, with its index, as `given` has it */
export function needFinite(what: string, x: Reals, given: ArrayLike<number> = x): void {
  const bad = x.findIndex((value) => !Number.isFinite(value));
  need(bad < 0, "VALUE", `${what}[${bad}] must be a finite number`, given[bad]);
}
