/**
 * Forward differences and L-BFGS: evaluate -> estimate -> step. Every coordinate is asked, so that the estimate is a whole
 * gradient; the reference for dimensions where that can be paid.
 *
 * @source Nocedal, Math. Comp. 35 (1980) 773-782; Nocedal, Wright, "Numerical Optimization", 2nd ed., sections 7.2 and 8.1
 */
import { usable } from "../estimate/smooth.ts";
import { jsKernels } from "../kernel/js/index.ts";
import { positive, type Rules, readOptions, whole } from "../option.ts";
import type { Box } from "../point/bounds.ts";
import { beginSearch, type Search, tellSearch } from "../step/armijo.ts";
import type { About } from "./about.ts";
import { checkCount, inside } from "./in-dense.ts";
import type { Method, MethodState } from "./method.ts";

export interface FdLbfgsOptions {
  /** Difference step, times max(1, |x_i|), > 0. Default 2^-26, the square root of roundoff. */
  readonly radius: number;
  /** Curvature pairs kept, 1 or more. Default 10. */
  readonly memory: number;
}

/** s = x_{k+1} - x_k, y = g_{k+1} - g_k, newest last. */
interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
}

export interface FdLbfgsState extends MethodState {
  readonly batch: number;
  readonly pairs: readonly Pair[];
  /** Where the last gradient was taken, and what it was. */
  readonly last?: { readonly x: Float64Array; readonly g: Float64Array };
  /** A line search under way: along p from x. */
  readonly search?: { readonly p: Float64Array; readonly g: Float64Array; readonly told: Search };
}

const { dot } = jsKernels;

const fdLbfgsRules: Rules<FdLbfgsOptions> = { radius: positive(2 ** -26), memory: whole(10, 1) };

/**
 * Forward differences for the whole gradient, limited-memory BFGS, and a line search by sufficient decrease.
 *
 * @throws RelizoError OPTION for an unknown option or a value outside its range
 * @cost   d queries for a gradient and those of the line search, often one, a step; 2 memory + 4 vectors of state
 */
export function fdLbfgs(options: Partial<FdLbfgsOptions> = {}): Method<FdLbfgsState> {
  const { radius, memory } = readOptions("fd-lbfgs", options, fdLbfgsRules);
  const asks = (state: FdLbfgsState, batch: number): boolean =>
    !Number.isFinite(state.value) || state.batch !== batch;

  const ask = (state: FdLbfgsState, batch = 0): readonly Float64Array[] => {
    if (state.search && state.batch === batch)
      return [along(state.x, state.search.p, state.search.told.length, state.box)];
    const { x, box } = state;
    const probes = Array.from(x, (xi, i) => {
      const probe = x.slice();
      probe[i] = xi + radius * Math.max(1, Math.abs(xi));
      if (box && probe[i]! > box.upper[i]!) probe[i] = xi - radius * Math.max(1, Math.abs(xi));
      return inside(probe, box);
    });
    return asks(state, batch) ? [x, ...probes] : probes;
  };

  const beginAlong = (state: FdLbfgsState, g: Float64Array): FdLbfgsState => {
    const { box } = state;
    const free = g.map((gi, i) => (box && blocked(state.x[i]!, gi, box, i) ? 0 : gi));
    const p = twoLoop(free, state.pairs).map((pi, i) => (free[i] === 0 ? 0 : -pi));
    const slope = dot(free, p);
    const descends = slope < 0;
    const pairs = descends ? state.pairs : [];
    const direction = descends ? p : free.map((gi) => -gi);
    const down = descends ? slope : -dot(free, free);
    if (!(down < 0)) return { ...state, step: state.step + 1, done: true };
    const length = pairs.length > 0 ? 1 : Math.min(1, 1 / Math.sqrt(-down));
    const told = beginSearch(state.value, down, Math.sqrt(dot(direction, direction)), length);
    return { ...state, pairs, search: { p: direction, g, told } };
  };

  return {
    name: "fd-lbfgs",
    init: (x0, _seed, box) => ({
      x: inside(x0.slice(), box),
      value: Number.NaN,
      step: 0,
      reused: 0,
      batch: 0,
      pairs: [],
      ...(box && { box }),
    }),
    ask,
    tell(state, points, values, batch = 0) {
      checkCount(
        "fd-lbfgs",
        state.search && state.batch === batch ? 1 : state.x.length + (asks(state, batch) ? 1 : 0),
        points.length,
        values.length,
      );
      const { search, last, ...rest } = state;
      if (search && state.batch === batch) {
        const told = tellSearch(search.told, values[0]!);
        if (!told.accepted) return { ...state, search: { ...search, told } };
        const { length, value } = told.accepted;
        if (length > 0)
          return {
            ...rest,
            x: along(state.x, search.p, length, state.box),
            value,
            last: { x: state.x, g: search.g },
            step: state.step + 1,
          };
        if (state.pairs.length > 0) return beginAlong({ ...rest, pairs: [] }, search.g);
        return { ...rest, step: state.step + 1, done: true };
      }
      const first = asks(state, batch) ? 1 : 0;
      const value = first === 1 ? values[0]! : state.value;
      const here = { ...rest, value, batch, pairs: batch === state.batch ? state.pairs : [] };
      if (!Number.isFinite(value)) return { ...here, step: state.step + 1 };
      let failed = false;
      const g = state.x.map((xi, i) => {
        const slope = (values[first + i]! - value) / (points[first + i]![i]! - xi);
        if (usable(slope)) return slope;
        failed = true;
        return 0;
      });
      const pairs =
        last && batch === state.batch ? withPair(here.pairs, last, state.x, g, memory) : here.pairs;
      const { done, ...next } = beginAlong({ ...here, pairs }, g);
      if (!usable(value)) return { ...next, value: Number.NaN }; // it says nothing: ask again
      return done && !failed ? { ...next, done } : next; // a gradient that lacks entries proves nothing
    },
  };
}

function along(x: Float64Array, p: Float64Array, t: number, box?: Box): Float64Array {
  return inside(
    x.map((xi, i) => xi + t * p[i]!),
    box,
  );
}

/** Whether the bound stops a step against g in coordinate i. */
function blocked(xi: number, gi: number, box: Box, i: number): boolean {
  return (gi > 0 && xi <= box.lower[i]!) || (gi < 0 && xi >= box.upper[i]!);
}

function withPair(
  pairs: readonly Pair[],
  last: { x: Float64Array; g: Float64Array },
  x: Float64Array,
  g: Float64Array,
  memory: number,
): readonly Pair[] {
  const s = x.map((xi, i) => xi - last.x[i]!);
  const y = g.map((gi, i) => gi - last.g[i]!);
  const curved = dot(s, y) > 1e-10 * Math.sqrt(dot(s, s) * dot(y, y));
  return curved ? [...pairs, { s, y }].slice(-memory) : pairs;
}

/** The inverse Hessian's product with g: Nocedal, Wright, 2nd ed., algorithm 7.4. */
function twoLoop(g: Float64Array, pairs: readonly Pair[]): Float64Array {
  const q = g.slice();
  const alphas: number[] = [];
  for (const { s, y } of pairs.toReversed()) {
    const alpha = dot(s, q) / dot(s, y);
    alphas.push(alpha);
    jsKernels.perturb(q, q, [[-alpha, y]]);
  }
  const newest = pairs.at(-1);
  if (newest) jsKernels.combine(q, [[dot(newest.s, newest.y) / dot(newest.y, newest.y), q]]);
  for (const { s, y } of pairs) {
    const beta = dot(y, q) / dot(s, y);
    jsKernels.perturb(q, q, [[alphas.pop()! - beta, s]]);
  }
  return q;
}

export const aboutFdLbfgs: About<FdLbfgsOptions> = {
  name: "fd-lbfgs",
  summary:
    "whole gradients by forward differences and limited-memory BFGS; hard to beat where d is below a tenth of the budget",
  source:
    "Nocedal, Math. Comp. 35 (1980) 773-782; Nocedal, Wright, Numerical Optimization, 2nd ed., sections 7.2 and 8.1",
  rules: fdLbfgsRules,
  help: {
    radius: "difference step, times max(1, |x_i|): the square root of roundoff for exact values",
    memory: "curvature pairs kept",
  },
  create: fdLbfgs,
};
