/** A walk over rows of numbers, as a method over points. */
import { finite } from "../kernel/js/gram.ts";
import { jsKernels } from "../kernel/js/index.ts";
import { need } from "../option.ts";
import { type Box, project } from "../point/bounds.ts";
import { finitePoint } from "../point/finite.ts";
import { denseSpace } from "../space/dense.ts";
import type { Space, Terms } from "../space/space.ts";
import type { Method, MethodState } from "./method.ts";
import type { Ground, Walk, WalkState } from "./walk.ts";

export interface DenseState<S> extends MethodState {
  readonly walk: S;
}

type Asked = readonly Terms<Float64Array>[];

/** @param make  the walk over the space of x0's dimension */
export function inDense<S extends WalkState>(
  name: string,
  make: (space: Space<Float64Array>) => Walk<Float64Array, S>,
): Method<DenseState<S>> {
  const spaceOf = (d: number): Space<Float64Array> =>
    denseSpace(d, (length) => new Float64Array(length), false);
  const memo = new WeakMap<object, { readonly batch: number; readonly asked: Asked }>();
  const askOnce = (state: DenseState<S>, batch: number): Asked => {
    const known = memo.get(state);
    if (known?.batch === batch) return known.asked;
    const asked = make(onFace(spaceOf(state.x.length), state)).ask(state.walk, batch);
    memo.set(state, { batch, asked });
    return asked;
  };
  const view = (x: Float64Array, walk: S, box: Box | undefined): DenseState<S> => {
    const { value, step, reused } = walk;
    return { x, walk, value, step, reused, ...(box && { box }) };
  };
  return {
    name,
    init: (x0, seed, box) =>
      view(inside(finitePoint(name, x0), box), make(spaceOf(x0.length)).init(seed), box),
    ask: (state, batch = 0) => askOnce(state, batch).map((terms) => inside(moved(state.x, terms), state.box)),
    tell(state, points, values, batch = 0) {
      const { x, box } = state;
      const terms = askOnce(state, batch);
      checkCount(name, terms.length, points.length, values.length);
      const told = make(spaceOf(x.length)).tell(state.walk, terms, values, groundAt(x, box), batch);
      const next = told.move ? inside(moved(x, told.move), box) : x;
      return view(finite(next) ? next : x, told.state, box);
    },
  };
}

/**
 * Every second turn, directions along the coordinates that stand on no bound alone. With all of them, what a bound holds
 * drowns the slopes of what is free, and a run stops short; with these alone, what once met a bound would never leave it.
 */
function onFace(
  space: Space<Float64Array>,
  { x, step, box }: Pick<MethodState, "x" | "step" | "box">,
): Space<Float64Array> {
  if (!box || step % 2 === 0) return space;
  const free = x.map((xi, i) => (xi > box.lower[i]! && xi < box.upper[i]! ? 1 : 0));
  return { ...space, draw: (...what) => space.draw(...what).map((z) => z.map((zi, i) => zi * free[i]!)) };
}

/** The same for a walk that is written over any space, which the method then offers as well. */
export function inAnySpace<S extends WalkState>(
  name: string,
  make: ((space: Space<Float64Array>) => Walk<Float64Array, S>) &
    (<V>(space: Space<V>) => Walk<V, WalkState>),
): Method<DenseState<S>> {
  return { ...inDense<S>(name, make), over: make };
}

/** The nearest point of the box, where there is one: the objective is never asked outside. */
export function inside(x: Float64Array, box: Box | undefined): Float64Array {
  return box ? project(x, box) : x;
}

/** x + sum of c v, a fresh row. */
export function moved(x: Float64Array, terms: Terms<Float64Array>): Float64Array {
  const out = x.slice();
  jsKernels.perturb(out, x, terms);
  return out;
}

function groundAt(x: Float64Array, box?: Box): Ground<Float64Array> {
  return {
    x,
    land(move) {
      if (!box) return move;
      const free = moved(x, move);
      const landed = project(free, box);
      if (landed.every((value, i) => value === free[i])) return move;
      return [[1, landed.map((value, i) => value - x[i]!)]];
    },
  };
}

/** Every point needs one value. */
export function checkCount(name: string, asked: number, points: number, values: number): void {
  need(
    points === asked && values === asked,
    "COUNT",
    `${name}.tell: ${asked} points need a value each, NaN where it failed; ${points} points`,
    values,
  );
}
