/** The one check of a starting point. */
import { need } from "../option.ts";

/**
 * x0 as a fresh row of float64.
 *
 * @throws RelizoError SHAPE when it is not a list of at least one number; VALUE when one is not finite, with its index
 */
export function finitePoint(where: string, x0: ArrayLike<number>): Float64Array {
  const list = typeof x0 === "object" && x0 !== null ? x0 : [];
  const x = Float64Array.from(list, (value) => (typeof value === "number" ? value : Number.NaN));
  need(x.length > 0, "SHAPE", `${where}: x0 must be a list of at least one number`, x0);
  const bad = x.findIndex((value) => !Number.isFinite(value));
  need(bad < 0, "VALUE", `${where}: x0[${bad}] must be a finite number`, x0[bad]);
  return x;
}
