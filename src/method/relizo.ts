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
import type { RelizoSetting, RelizoState } from "./relizo-state.ts";
import { direction, estimate, isLength, lineOf } from "./relizo-step.ts";
import type { Ground, Told, Walk } from "./walk.ts";

/** The walk, and the one transition that a caller's own line search needs. */
export interface RelizoWalk<V> extends Walk<V, RelizoState<V>> {
  /** Ends a turn that waits for a step length: moves by -t p; `value` is f there where known. */
  moveBy(
    state: RelizoState<V>,
    t: number,
    at: Ground<V>,
    value?: number | undefined,
  ): Told<V, RelizoState<V>>;
}

export function relizoWalk<V>(space: Space<V>, own: RelizoSetting<V>): RelizoWalk<V> {
  const { rate, fresh: draw, search: kind, normalized, reuse, reference, incrementalGram, keepLast } = own;
  const n = Math.min(own.samples, space.dimension);
  const setting = { ...own, space, samples: n };
  const tellTrial = kind === "reference" ? tellReferenceSearch : tellSearch;
  const serving = ({ history, ...state }: RelizoState<V>, batch: number): History<V> =>
    state.batch === batch && !history.ridge === !reuse.elsewhere
      ? history
      : (reuse.elsewhere?.(history) ?? emptyHistory());
  const asksForValue = (state: RelizoState<V>, batch: number): boolean =>
    reference || !state.known || state.batch !== batch;

  function init(seed: number): RelizoState<V> {
    return {
      step: 0,
      batch: 0,
      value: Number.NaN,
      known: false,
      reused: 0,
      length: 0,
      moved: 0,
      seed,
      history: emptyHistory(),
    };
  }

  function ask(state: RelizoState<V>, batch: number): readonly Terms<V>[] {
    if (state.turn && state.batch === batch) return [[[-state.turn.search.length, state.turn.p]]];
    const kept = serving(state, batch);
    const count = reuse.fresh(n, kept);
    const against = count + kept.rows.length <= space.dimension ? kept.rows : []; // else no right angle is left
    const rows = draw(count, state, against);
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
    const { turn, ...rest } = state;
    if (turn && state.batch === batch) return tellSearched(state, tellTrial(turn.search, values[0]!), at);
    // a turn of another minibatch is given up, and its samples with it: their values do not compare
    const value = asksForValue(state, batch) ? values[0]! : state.value;
    const known = Number.isFinite(value);
    const here = { ...rest, batch, value, known, history: serving(state, batch) };
    const fresh: V[] = [];
    const told: number[] = [];
    asked.forEach((terms, i) => {
      const [term] = at.land(terms); // what bounds left of the displacement is what was asked
      if (!term || !(reference || (known && Number.isFinite(values[i])))) return;
      fresh.push(term[1]);
      told.push(values[i]!);
    });
    return fresh.length > 0 || reference ? step(here, extend(here.history, fresh, told), at) : stay(here);
  }

  /** The history with the fresh samples behind it. */
  function extend(old: History<V>, fresh: readonly V[], values: readonly number[]): History<V> {
    const rows = [...old.rows, ...fresh];
    const gram = incrementalGram
      ? border(old.gram, old.rows.length, space.gram(fresh, old.rows), space.gram(fresh, fresh), fresh.length)
      : space.gram(rows, rows);
    return { ...old, rows, values: [...old.values, ...values], gram };
  }

  function step(state: RelizoState<V>, samples: History<V>, at: Ground<V>): Told<V, RelizoState<V>> {
    const alpha = estimate(setting, samples, state.value);
    const g = space.combine(samples.rows.map((row, i) => [alpha[i]!, row]));
    const toward = direction(setting, state, g);
    const flat = !isLength(toward.square);
    if (flat && kind !== "reference") return forget(state);
    const norm = Math.sqrt(toward.square);
    // where no direction was found, the published line search still makes its trials: at NaN, all in vain
    const t = flat ? Number.NaN : normalized ? rate(state.step) / norm : rate(state.step);
    const length = kind === "armijo" && state.length > 0 ? state.length : t;
    const search = beginSearch(state.value, -toward.product, norm, length);
    const next = { ...state, turn: { ...toward, samples, search } };
    return kind === "none" ? moveBy(next, t, at) : { state: next };
  }

  function tellSearched(state: RelizoState<V>, search: Search, at: Ground<V>): Told<V, RelizoState<V>> {
    const next = { ...state, turn: { ...state.turn!, search } };
    if (search.accepted === undefined) return { state: next };
    return moveBy(next, search.accepted.length, at, search.accepted.value);
  }

  function moveBy(
    state: RelizoState<V>,
    t: number,
    at: Ground<V>,
    value?: number | undefined,
  ): Told<V, RelizoState<V>> {
    const { turn, last: _, ...rest } = state;
    const { p, square, samples, search } = turn!;
    if (!Number.isFinite(Math.abs(t) * Math.sqrt(square))) return forget(state);
    const proposed: Terms<V> = [[-t, p]];
    const landed = t === 0 ? proposed : at.land(proposed);
    const line = lineOf(setting, turn!, t, landed === proposed ? undefined : landed);
    const isOwn = !samples.ridge === !reuse.elsewhere; // not of a turn that began under another rule
    const history = isOwn ? reuse.remember(space, samples, line, search.value, n) : emptyHistory<V>();
    const known = !reference && Number.isFinite(value);
    const next: RelizoState<V> = {
      ...rest,
      ...(keepLast && t !== 0 && { last: { p, t } }),
      step: state.step + 1,
      value: known ? value! : state.value,
      known,
      history,
      reused: history.rows.length,
      length: t > 0 ? t : state.moved > 0 ? search.length : 0, // after two searches in vain, from lr again
      moved: Math.abs(line.t) * Math.sqrt(line.square),
    };
    return { state: next, ...(t !== 0 && { move: landed }) };
  }

  /** Nothing learned, and what was known misleads: the next turn asks f(x) again, and fresh samples alone. */
  function forget(state: RelizoState<V>): Told<V, RelizoState<V>> {
    return stay({ ...state, known: false, history: emptyHistory() });
  }

  /** Nothing learned: x stays, and the next turn draws afresh. */
  function stay({ turn: _, last, ...rest }: RelizoState<V>): Told<V, RelizoState<V>> {
    const next = { ...rest, reused: rest.history.rows.length, moved: 0, step: rest.step + 1 };
    return { state: { ...next, ...(last && !reference && { last }) } };
  }

  return { name: "relizo", init, ask, tell, moveBy };
}
