/** The second half of a ReLIZO turn: from the estimate to the step direction, and what serves again after the step. */
import { interpolate } from "../estimate/interpolate.ts";
import type { Line } from "../reuse/carry.ts";
import type { History } from "../reuse/history.ts";
import type { Space, Terms } from "../space/space.ts";
import type { Direction, RelizoSetting, RelizoState, Turn } from "./relizo-state.ts";

/** What all of a walk's functions share; `samples` is at most the dimension. */
export interface Setting<V> extends RelizoSetting<V> {
  readonly space: Space<V>;
}

/** alpha: the estimate is the sum of alpha_i dx_i. */
export function estimate<V>(
  { space, reuse, reference }: Setting<V>,
  samples: History<V>,
  value: number,
): Float64Array {
  const { gram, rows, values, ridge = [] } = samples;
  const differences = values.map((v, i) => (ridge[i]! > 0 ? v : v - value));
  const published = reference ? rows.map((v) => Math.sqrt(space.dot(v, v)) + 1e-8) : undefined;
  return interpolate(gram, differences, space.roundoff, reuse.noise?.(samples), published);
}

/** From the estimate g to the step direction p: groups and weight decay, then momentum, restarted where it points uphill. */
export function direction<V>(
  { space, shape, momentum }: Setting<V>,
  { last }: RelizoState<V>,
  g: V,
): Direction<V> {
  let { p, product } = shape?.(g) ?? { p: g, product: space.dot(g, g) };
  if (momentum > 0 && last) {
    const gain = momentum * space.dot(p, last.p);
    if (product + gain > 0) {
      p = space.shift(p, [[momentum, last.p]]);
      product += gain;
    }
  }
  return { p, square: space.dot(p, p), product };
}

/** The line of the step -t p, or of what bounds left of it: then s itself. */
export function lineOf<V>(
  { space, reference }: Setting<V>,
  turn: Turn<V>,
  t: number,
  landed?: Terms<V>,
): Line<V> {
  const { search, p, square } = turn;
  if (!landed) return { q: p, square, t, point: pointOnLine(turn, t, reference) };
  const q = space.combine(landed);
  return { q, square: space.dot(q, q), t: -1, point: { length: 0, value: search.value } };
}

/** Of the old iterate and the trials that were not taken, the one nearest to where the step ends; none where all failed. */
function pointOnLine<V>({ search }: Turn<V>, t: number, reference: boolean): Line<V>["point"] {
  const here = { length: 0, value: search.value };
  const others = (reference ? [here] : [here, ...search.tried]).filter(
    (trial) => trial.length !== t && (reference || (t !== 0 && Number.isFinite(trial.value))),
  );
  return others.sort((a, b) => Math.abs(a.length - t) - Math.abs(b.length - t))[0];
}

/** Whether a square is that of a length one can divide by. */
export function isLength(square: number): boolean {
  return square > 0 && Number.isFinite(square);
}
