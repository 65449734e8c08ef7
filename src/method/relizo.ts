/**
 * ReLIZO: reuse -> sample -> evaluate -> estimate -> step, over any space.
 *
 * @source Wang, Qin, Yang, Yan, "ReLIZO: Sample Reusable Linear Interpolation-based Zeroth-order Optimization",
 *   NeurIPS 2024, doi:10.52202/079017-0481, algorithm 1
 * @differs the accepted trial of a line search becomes the next f(x), the others may serve again; a sample whose query
 *   failed is left out; at least one direction is fresh; the reuse bound can follow the length of the step
 */
import { type Interpolation, interpolate } from "../estimate/interpolate.ts";
import { referenceAlpha } from "../estimate/reference-alpha.ts";
import type { Term } from "../kernel/kernels.ts";
import { flag, oneOf, positive, type Rules, real, whole } from "../option.ts";
import { carry, type Line, secant } from "../reuse/carry.ts";
import { border, emptyHistory, type History } from "../reuse/history.ts";
import { DIRECTIONS, type Directions } from "../sample/directions.ts";
import type { Space, Terms } from "../space/space.ts";
import { beginSearch, type Search, tellSearch } from "../step/armijo.ts";
import { tellReferenceSearch } from "../step/reference-search.ts";
import { type Schedule, scheduled, scheduleRule } from "../step/schedule.ts";
import type { Ground, Told, Walk, WalkState } from "./walk.ts";

export interface RelizoOptions {
  readonly samples: number;
  readonly radius: number;
  readonly directions: Directions;
  readonly lr: number;
  readonly schedule: Schedule;
  readonly normalized: boolean;
  readonly momentum: number;
  readonly lineSearch: "none" | "armijo";
  readonly reuse: "secant" | "samples" | "none";
  readonly reuseWithin: number;
  readonly reuseSteps: number;
  readonly maxReuse: number;
}

export const relizoRules: Rules<RelizoOptions> = {
  samples: whole(8, 1),
  radius: positive(1e-5),
  directions: oneOf("gaussian", DIRECTIONS),
  lr: positive(1e-2),
  schedule: scheduleRule,
  normalized: flag(false),
  momentum: real(0, 0, 1),
  lineSearch: oneOf("armijo", ["none", "armijo"]),
  reuse: oneOf("secant", ["secant", "samples", "none"]),
  reuseWithin: real(Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY),
  reuseSteps: real(2, 0, Number.POSITIVE_INFINITY),
  maxReuse: real(0.5, 0, 1),
};

/** What only a front that owns its vectors asks for. */
export interface RelizoHooks<V> {
  /** Fresh displacements in place of radius times random directions. */
  readonly fresh?: (count: number, state: RelizoState<V>, kept: readonly V[]) => V[];
  /** The step direction p for an estimate g that it may overwrite, and <g, p>: learning rates and weight decay by group. */
  readonly shape?: (g: V, x: V) => { readonly p: V; readonly product: number } | undefined;
  /** "reference": the published acceptance test, step and reuse limit. "told": the caller searches, by `moveBy`. */
  readonly search?: "reference" | "told";
  /**
   * The published optimizer's arithmetic: f(x) asked every turn, all samples may be reused, a failed query forgets all
   * there was, and A, which its recursion can leave indefinite, is solved by elimination.
   */
  readonly reference?: boolean;
  /** false: the Gram matrix is formed afresh every turn, O(n^2 d), in place of following the step, O(n^2). */
  readonly incrementalGram?: boolean;
  /** Keep the last step's direction in the state. */
  readonly keepLast?: boolean;
}

/** Between the estimate and the step: what a line search needs. */
export interface Turn<V> {
  readonly samples: History<V>;
  /** The step is -t p. */
  readonly p: V;
  /** <dx_i, p>, length m. */
  readonly along: Float64Array;
  /** <p, p>. */
  readonly square: number;
  readonly search: Search;
}

/** The step direction p of an estimate g: <dx_i, p>, <p, p> and <g, p> with it. */
interface Direction<V> {
  readonly p: V;
  readonly along: Float64Array;
  readonly square: number;
  readonly product: number;
}

export interface RelizoState<V> extends WalkState {
  readonly seed: number;
  readonly batch: number;
  /** `value` is f at the iterate as it stands now, on `batch`. */
  readonly known: boolean;
  readonly history: History<V>;
  /** Last accepted t, the first trial of the next line search. */
  readonly length: number;
  /** Length of the last step, in units of x. */
  readonly moved: number;
  readonly last?: { readonly p: V; readonly t: number };
  readonly turn?: Turn<V>;
}

/**
 * Below this condition number of A, A alpha and alpha^T A alpha keep at least half of the digits: enough for one step, not
 * where A itself goes on with them, since each step multiplies the error by the condition number.
 */
const WELL_CONDITIONED = 1e8;

const isLength = (square: number): boolean => square > 0 && Number.isFinite(square);

/** The walk, and the one transition that a caller's own line search needs. */
export interface RelizoWalk<V> extends Walk<V, RelizoState<V>> {
  /** Ends a turn that waits for a step length: moves by -t p; `value` is f there where known. */
  moveBy(state: RelizoState<V>, t: number, at: Ground<V>, value?: number): Told<V, RelizoState<V>>;
}

export function relizoWalk<V>(
  space: Space<V>,
  options: RelizoOptions,
  hooks: RelizoHooks<V> = {},
): RelizoWalk<V> {
  const n = Math.min(options.samples, space.dimension);
  const most = hooks.reference ? n * options.maxReuse : Math.min(n * options.maxReuse, n - 1);
  const tellTrial = hooks.search === "reference" ? tellReferenceSearch : tellSearch;
  const serving = (state: RelizoState<V>, batch: number): History<V> =>
    state.batch === batch ? state.history : emptyHistory<V>();
  const fresh =
    hooks.fresh ??
    ((count: number, { seed, step }: RelizoState<V>, kept: readonly V[]): V[] => {
      const against = count + kept.length <= space.dimension ? kept : []; // else no right angle is left
      return space.draw(count, { seed, step }, { kind: options.directions, scale: options.radius, against });
    });
  const asksForValue = (state: RelizoState<V>, batch: number): boolean =>
    hooks.reference === true || !state.known || state.batch !== batch;

  function init(seed: number): RelizoState<V> {
    const history = emptyHistory<V>();
    return {
      step: 0,
      value: Number.NaN,
      reused: 0,
      seed,
      batch: 0,
      known: false,
      history,
      length: 0,
      moved: 0,
    };
  }

  function ask(state: RelizoState<V>, batch: number): readonly Terms<V>[] {
    if (state.turn && state.batch === batch) return [[[-state.turn.search.length, state.turn.p]]];
    const kept = serving(state, batch).rows;
    const samples = fresh(options.reuse === "samples" ? n - kept.length : n, state, kept).map(
      (z): Terms<V> => [[1, z]],
    );
    return asksForValue(state, batch) ? [[], ...samples] : samples;
  }

  function tell(
    state: RelizoState<V>,
    asked: readonly Terms<V>[],
    values: readonly number[],
    at: Ground<V>,
    batch: number,
  ): Told<V, RelizoState<V>> {
    if (state.turn && state.batch === batch)
      return tellSearched(state, tellTrial(state.turn.search, values[0] ?? Number.NaN), at);
    if (state.turn) return tell(withoutTurn(state), asked, values, at, batch);
    const first = asksForValue(state, batch) ? 1 : 0;
    const value = first === 1 ? (values[0] ?? Number.NaN) : state.value;
    const old = serving(state, batch);
    if (old !== state.history) state.history.rows.forEach(space.drop);
    const here = { ...state, batch, value, known: Number.isFinite(value), history: old };
    const rows = asked.slice(first).map((terms) => terms[0]![1]);
    const good = rows.map(
      (_, i) => hooks.reference === true || (here.known && Number.isFinite(values[first + i])),
    );
    rows.filter((_, i) => !good[i]).forEach(space.drop);
    const freshRows = rows.filter((_, i) => good[i]);
    if (freshRows.length === 0 && !hooks.reference) return stay(here, []);
    const samples = extend(
      old,
      freshRows,
      values.slice(first).filter((_, i) => good[i]),
    );
    return estimateAndStep(here, samples, at);
  }

  /** A turn of another minibatch is given up, and its samples with it: their values do not compare. */
  function withoutTurn({ turn, ...rest }: RelizoState<V>): RelizoState<V> {
    for (const v of turn ? [...turn.samples.rows, turn.p] : []) space.drop(v);
    return { ...rest, history: emptyHistory<V>() };
  }

  /** The history with the fresh samples behind it. */
  function extend(old: History<V>, rows: readonly V[], values: readonly number[]): History<V> {
    const all = [...old.rows, ...rows];
    const gram =
      hooks.incrementalGram === false
        ? space.gram(all, all)
        : border(old.gram, old.rows.length, space.gram(rows, old.rows), space.gram(rows, rows), rows.length);
    return { rows: all, values: [...old.values, ...values], gram };
  }

  function estimateAndStep(
    state: RelizoState<V>,
    samples: History<V>,
    at: Ground<V>,
  ): Told<V, RelizoState<V>> {
    const differences = samples.values.map((value) => value - state.value);
    const estimate = hooks.reference ? undefined : interpolate(samples.gram, differences, space.roundoff);
    if (estimate && !isLength(estimate.square)) return stay(state, samples.rows);
    const squares = (): number[] => samples.rows.map((row) => space.dot(row, row));
    const alpha = estimate?.alpha ?? referenceAlpha(samples.gram, squares(), differences);
    const g = space.combine(samples.rows.map((row, i): Term<V> => [alpha[i]!, row]));
    const shaped = direction(state, g, samples, estimate, at);
    if (!isLength(shaped.square) && hooks.search !== "reference")
      return stay(state, [...samples.rows, shaped.p]);
    const { p, along, square, product } = isLength(shaped.square) ? shaped : nowhere(shaped.p, samples);
    const rate = options.lr * scheduled(options.schedule, state.step);
    const t = options.normalized ? rate / Math.sqrt(square) : rate;
    const searches = options.lineSearch === "armijo" || hooks.search !== undefined;
    const length =
      options.lineSearch === "armijo" && hooks.search === undefined && state.length > 0 ? state.length : t;
    const turn = {
      samples,
      p,
      along,
      square,
      search: beginSearch(state.value, -product, Math.sqrt(square), length),
    };
    const next = { ...state, turn };
    return searches ? { state: next } : moveBy(next, t, at);
  }

  /** Where no direction was found, the published line search still makes its trials: at NaN, all in vain. */
  function nowhere(p: V, { rows }: History<V>): Direction<V> {
    const none = new Float64Array(rows.length);
    return { p: space.shift(p, [[Number.NaN, p]]), along: none, square: Number.NaN, product: Number.NaN };
  }

  /** From the estimate g to the step direction p: groups and weight decay, then momentum, restarted where it points uphill. */
  function direction(
    state: RelizoState<V>,
    g: V,
    samples: History<V>,
    estimate: Interpolation | undefined,
    at: Ground<V>,
  ): Direction<V> {
    const short = options.reuse !== "samples" && estimate && estimate.condition < WELL_CONDITIONED;
    const plain = short
      ? { p: g, along: estimate.along, square: estimate.square, product: estimate.square }
      : measured(g, samples.rows);
    const shaped = hooks.shape?.(g, at.x);
    if (!shaped && !(options.momentum > 0)) return plain;
    let { p, product } = shaped ?? plain;
    if (options.momentum > 0 && state.last) {
      const gain = options.momentum * space.dot(p, state.last.p);
      if (product + gain > 0) {
        p = space.shift(p, [[options.momentum, state.last.p]]);
        product += gain;
      }
    }
    return { p, product, along: space.gram(samples.rows, [p]), square: space.dot(p, p) };
  }

  /** <dx_i, g> and <g, g> of the vectors as they are stored: rounding in alpha no longer counts. */
  function measured(g: V, rows: readonly V[]): Direction<V> {
    const square = space.dot(g, g);
    return { p: g, along: space.gram(rows, [g]), square, product: square };
  }

  function tellSearched(state: RelizoState<V>, search: Search, at: Ground<V>): Told<V, RelizoState<V>> {
    const next = { ...state, turn: { ...state.turn!, search } };
    if (search.accepted === undefined) return { state: next };
    const { length, value } = search.accepted;
    return moveBy(next, length, at, value);
  }

  function moveBy(state: RelizoState<V>, t: number, at: Ground<V>, value?: number): Told<V, RelizoState<V>> {
    const turn = state.turn!;
    const { samples, p } = turn;
    const length = Math.abs(t) * Math.sqrt(turn.square);
    if (!Number.isFinite(length)) return stay(state, [...samples.rows, p]);
    const proposed: Terms<V> = [[-t, p]];
    const landed = t === 0 ? proposed : at.land(proposed);
    const line =
      landed === proposed ? { ...turn, q: p, t, ...pointOnLine(turn, t) } : landedLine(landed, turn);
    const history = remember(samples, line);
    if (line.q !== p) space.drop(line.q);
    const { turn: _, last, ...rest } = state;
    if (last) space.drop(last.p);
    const keeps = (hooks.keepLast === true || options.momentum > 0) && t !== 0;
    if (!keeps) space.drop(p);
    const known = value !== undefined && Number.isFinite(value) && !hooks.reference;
    const next: RelizoState<V> = {
      ...rest,
      ...(keeps && { last: { p, t } }),
      step: state.step + 1,
      value: known ? value : state.value,
      known,
      history,
      reused: history.rows.length,
      length: t > 0 ? t : turn.search.length,
      moved: Math.abs(line.t) * Math.sqrt(line.square),
    };
    return t === 0 ? { state: next } : { state: next, move: landed };
  }

  /** What serves again after the step. */
  function remember(samples: History<V>, line: Line<V>): History<V> {
    const { reuseWithin, reuseSteps } = options;
    const moved = Math.abs(line.t) * Math.sqrt(line.square);
    const within =
      reuseSteps === Number.POSITIVE_INFINITY ? reuseWithin : Math.min(reuseWithin, reuseSteps * moved);
    const published = hooks.reference === true && hooks.incrementalGram !== false;
    if (options.reuse === "samples") return carry(space, samples, line, { within, most, published });
    if (options.reuse === "secant") return secant(space, samples, line);
    samples.rows.forEach(space.drop);
    return emptyHistory();
  }

  /** Of the old iterate and the trials that were not taken, the one nearest to where the step ends. */
  function pointOnLine({ search }: Turn<V>, t: number): Pick<Line<V>, "point"> {
    const here = { length: 0, value: search.value };
    const known = hooks.reference
      ? [here]
      : [here, ...search.tried].filter((trial) => Number.isFinite(trial.value));
    const others = known.filter((trial) => trial.length !== t);
    const [first] = others.sort((a, b) => Math.abs(a.length - t) - Math.abs(b.length - t));
    return first ? { point: { c: first.length, value: first.value } } : {};
  }

  /** The line of a step that bounds cut short: s itself, measured afresh. */
  function landedLine(landed: Terms<V>, { samples, search }: Turn<V>): Line<V> {
    const q = space.combine(landed);
    const along = space.gram(samples.rows, [q]);
    return { q, along, square: space.dot(q, q), t: -1, point: { c: 0, value: search.value } };
  }

  /** Nothing learned: x stays, what the turn made is given up, and the next turn draws afresh. */
  function stay(state: RelizoState<V>, made: readonly V[]): Told<V, RelizoState<V>> {
    const { turn: _, last, ...rest } = state;
    made.forEach(space.drop);
    if (last && hooks.reference) space.drop(last.p);
    const history = made.some((v) => rest.history.rows.includes(v)) ? emptyHistory<V>() : rest.history;
    const next = { ...rest, history, reused: history.rows.length, moved: 0, step: state.step + 1 };
    return { state: last && !hooks.reference ? { ...next, last } : next };
  }

  return { name: "relizo", init, ask, tell, moveBy };
}
