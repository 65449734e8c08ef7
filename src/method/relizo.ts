/**
 * ReLIZO: reuse -> sample -> evaluate -> estimate -> step, over any space.
 *
 * @source Wang, Qin, Yang, Yan, "ReLIZO: Sample Reusable Linear Interpolation-based Zeroth-order Optimization",
 *   NeurIPS 2024, doi:10.52202/079017-0481, algorithm 1
 * @differs the accepted trial of a line search becomes the next f(x), the others may serve again; a sample whose query
 *   failed is left out; at least one direction is fresh; the reuse bound can follow the length of the step
 */
import { border, emptyHistory, type History } from "../reuse/history.ts";
import type { Space, Terms } from "../space/space.ts";
import { beginSearch, type Search, tellSearch } from "../step/armijo.ts";
import { tellReferenceSearch } from "../step/reference-search.ts";
import { scheduled } from "../step/schedule.ts";
import type { RelizoOptions } from "./relizo-options.ts";
import type { RelizoHooks, RelizoState } from "./relizo-state.ts";
import { direction, estimate, isLength, lineOf, remember, type Setting } from "./relizo-step.ts";
import type { Ground, Told, Walk } from "./walk.ts";

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
  const setting: Setting<V> = { space, options, hooks, n };
  const tellTrial = hooks.search === "reference" ? tellReferenceSearch : tellSearch;
  const serving = (state: RelizoState<V>, batch: number): History<V> =>
    state.batch === batch ? state.history : emptyHistory<V>();
  const asksForValue = (state: RelizoState<V>, batch: number): boolean =>
    hooks.reference === true || !state.known || state.batch !== batch;
  const fresh =
    hooks.fresh ??
    ((count: number, { seed, step }: RelizoState<V>, kept: readonly V[]): V[] => {
      const against = count + kept.length <= space.dimension ? kept : []; // else no right angle is left
      return space.draw(count, { seed, step }, { kind: options.directions, scale: options.radius, against });
    });

  function init(seed: number): RelizoState<V> {
    const start = { step: 0, value: Number.NaN, reused: 0, length: 0, moved: 0 };
    return { ...start, seed, batch: 0, known: false, history: emptyHistory() };
  }

  function ask(state: RelizoState<V>, batch: number): readonly Terms<V>[] {
    if (state.turn && state.batch === batch) return [[[-state.turn.search.length, state.turn.p]]];
    const kept = serving(state, batch).rows;
    const rows = fresh(options.reuse === "samples" ? n - kept.length : n, state, kept);
    const samples = rows.map((z): Terms<V> => [[1, z]]);
    return asksForValue(state, batch) ? [[], ...samples] : samples;
  }

  function tell(
    state: RelizoState<V>,
    asked: readonly Terms<V>[],
    values: readonly number[],
    at: Ground<V>,
    batch: number,
  ): Told<V, RelizoState<V>> {
    if (state.turn)
      return state.batch === batch
        ? tellSearched(state, tellTrial(state.turn.search, values[0] ?? Number.NaN), at)
        : tell(withoutTurn(state), asked, values, at, batch);
    const first = asksForValue(state, batch) ? 1 : 0;
    const value = first === 1 ? (values[0] ?? Number.NaN) : state.value;
    const old = serving(state, batch);
    if (old !== state.history) state.history.rows.forEach(space.drop);
    const here = { ...state, batch, value, known: Number.isFinite(value), history: old };
    const rows = asked.slice(first).map((terms) => terms[0]![1]);
    const told = values.slice(first);
    const good = rows.map((_, i) => hooks.reference === true || (here.known && Number.isFinite(told[i])));
    rows.filter((_, i) => !good[i]).forEach(space.drop);
    const freshRows = rows.filter((_, i) => good[i]);
    if (freshRows.length === 0 && !hooks.reference) return stay(here, []);
    const freshValues = told.filter((_, i) => good[i]);
    return step(here, extend(old, freshRows, freshValues), at);
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

  function step(state: RelizoState<V>, samples: History<V>, at: Ground<V>): Told<V, RelizoState<V>> {
    const found = estimate(setting, samples, state.value);
    if (!found) return stay(state, samples.rows);
    const toward = direction(setting, state, samples, found, at.x);
    const flat = !isLength(toward.square);
    if (flat && hooks.search !== "reference") return stay(state, [...samples.rows, toward.p]);
    // where no direction was found, the published line search still makes its trials: at NaN, all in vain
    const { p, square, product } = flat
      ? { ...toward, p: space.shift(toward.p, [[Number.NaN, toward.p]]) }
      : toward;
    const norm = flat ? Number.NaN : Math.sqrt(square);
    const rate = options.lr * scheduled(options.schedule, state.step);
    const t = options.normalized ? rate / norm : rate;
    const own = options.lineSearch === "armijo" && !hooks.search;
    const search = beginSearch(state.value, -product, norm, own && state.length > 0 ? state.length : t);
    const next = { ...state, turn: { ...toward, p, square: flat ? norm : square, samples, search } };
    return own || hooks.search ? { state: next } : moveBy(next, t, at);
  }

  function tellSearched(state: RelizoState<V>, search: Search, at: Ground<V>): Told<V, RelizoState<V>> {
    const next = { ...state, turn: { ...state.turn!, search } };
    if (search.accepted === undefined) return { state: next };
    return moveBy(next, search.accepted.length, at, search.accepted.value);
  }

  function moveBy(state: RelizoState<V>, t: number, at: Ground<V>, value?: number): Told<V, RelizoState<V>> {
    const { turn, last, ...rest } = state;
    const { samples, p, square, search } = turn!;
    if (!Number.isFinite(Math.abs(t) * Math.sqrt(square))) return stay(state, [...samples.rows, p]);
    const proposed: Terms<V> = [[-t, p]];
    const landed = t === 0 ? proposed : at.land(proposed);
    const line = lineOf(setting, turn!, t, landed === proposed ? undefined : landed);
    const history = remember(setting, samples, line);
    if (line.q !== p) space.drop(line.q);
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
      length: t > 0 ? t : search.length,
      moved: Math.abs(line.t) * Math.sqrt(line.square),
    };
    return t === 0 ? { state: next } : { state: next, move: landed };
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
