/** The second half of a ReLIZO turn: from the estimate to the step direction, and what serves again after the step. */
import { type Interpolation, interpolate } from "../estimate/interpolate.ts";
import { carry, type Line, secant } from "../reuse/carry.ts";
import { emptyHistory, type History } from "../reuse/history.ts";
import type { Space, Terms } from "../space/space.ts";
import type { Direction, RelizoSetting, RelizoState, Turn } from "./relizo-state.ts";

/** What all of a walk's functions share; `samples` is at most the dimension. */
export interface Setting<V> extends RelizoSetting<V> {
  readonly space: Space<V>;
}

/**
 * Below this condition number of A, A alpha and alpha^T A alpha keep at least half of the digits: enough for one step, not
 * where A itself goes on with them, since each step multiplies the error by the condition number.
 */
const WELL_CONDITIONED = 1e8;

/** alpha, or undefined where no direction can be told. */
export function estimate<V>(
  { space, reference }: Setting<V>,
  { gram, rows, values }: History<V>,
  value: number,
): Interpolation | undefined {
  const differences = values.map((v) => v - value);
  if (reference)
    return interpolate(
      gram,
      differences,
      space.roundoff,
      rows.map((v) => Math.sqrt(space.dot(v, v)) + 1e-8),
    ); // as published
  const found = interpolate(gram, differences, space.roundoff);
  return isLength(found.square) ? found : undefined;
}

/** From the estimate g to the step direction p: groups and weight decay, then momentum, restarted where it points uphill. */
export function direction<V>(
  { space, reference, shape, reuse, reuseWithin, momentum }: Setting<V>,
  state: RelizoState<V>,
  { rows }: History<V>,
  { alpha, along, square, condition }: Interpolation,
): Direction<V> {
  const g = space.combine(rows.map((row, i) => [alpha[i]!, row]));
  const measured = (p: V, product?: number): Direction<V> => {
    const square = space.dot(p, p);
    return { p, along: space.gram(rows, [p]), square, product: product ?? square };
  };
  const shaped = shape?.(g);
  const follows = reuse === "samples" && reuseWithin > 0;
  if (!shaped && !(momentum > 0 && state.last))
    return !follows && !reference && condition < WELL_CONDITIONED
      ? { p: g, along, square, product: square }
      : measured(g);
  let { p, product } = shaped ?? { p: g, product: square };
  if (momentum > 0 && state.last) {
    const gain = momentum * space.dot(p, state.last.p);
    if (product + gain > 0) {
      p = space.shift(p, [[momentum, state.last.p]]);
      product += gain;
    }
  }
  return measured(p, product);
}

/** The line of the step -t p, or of what bounds left of it: then s itself, measured afresh. */
export function lineOf<V>(
  { space, reference }: Setting<V>,
  turn: Turn<V>,
  t: number,
  landed?: Terms<V>,
): Line<V> {
  const { samples, search, p, along, square } = turn;
  if (!landed) return { q: p, along, square, t, point: pointOnLine(turn, t, reference) };
  const q = space.combine(landed);
  return {
    q,
    along: space.gram(samples.rows, [q]),
    square: space.dot(q, q),
    t: -1,
    point: { length: 0, value: search.value },
  };
}

/** Of the old iterate and the trials that were not taken, the one nearest to where the step ends; none where all failed. */
function pointOnLine<V>({ search }: Turn<V>, t: number, reference: boolean): Line<V>["point"] {
  const here = { length: 0, value: search.value };
  const others = (reference ? [here] : [here, ...search.tried]).filter(
    (trial) => trial.length !== t && (reference || (t !== 0 && Number.isFinite(trial.value))),
  );
  return others.sort((a, b) => Math.abs(a.length - t) - Math.abs(b.length - t))[0];
}

/** What serves again after the step. */
export function remember<V>(
  { space, samples: n, reuse, reuseWithin, reuseSteps, maxReuse, reference, incrementalGram }: Setting<V>,
  samples: History<V>,
  line: Line<V>,
): History<V> {
  if (reuse === "samples") {
    const moved = Math.abs(line.t) * Math.sqrt(line.square);
    const steps = reuseSteps === Infinity ? reuseSteps : reuseSteps * moved;
    const most = reference ? n * maxReuse : Math.min(n * maxReuse, n - 1);
    const published = reference && incrementalGram;
    return carry(space, samples, line, { within: Math.min(reuseWithin, steps), most, published });
  }
  return reuse === "secant" ? secant(space, line) : emptyHistory();
}

/** Whether a square is that of a length one can divide by. */
export function isLength(square: number): boolean {
  return square > 0 && Number.isFinite(square);
}
