/**
 * PRGF: sample -> evaluate -> estimate -> step, where the last estimate is one of the directions. What is reused is the
 * estimate, not queries.
 *
 * @source Cheng, Wu, Zhu, "On the Convergence of Prior-Guided Zeroth-Order Optimization Algorithms", NeurIPS 2021: History-PRGF
 */
import { usable } from "../estimate/smooth.ts";
import { oneOf, positive, type Rules, readOptions, whole } from "../option.ts";
import { orthonormal } from "../space/orthonormal.ts";
import type { Space, Terms } from "../space/space.ts";
import { scheduleRule } from "../step/schedule.ts";
import type { About } from "./about.ts";
import { type DenseState, inAnySpace } from "./in-dense.ts";
import type { Method } from "./method.ts";
import { type SampledOptions, sampledHelp } from "./smoothed.ts";
import type { Walk, WalkState } from "./walk.ts";

/** Defaults: samples 8, the last estimate among them; radius 1e-5, directions "gaussian", lr 1e-3. */
export type PrgfOptions = SampledOptions;

export interface PrgfState<V> extends WalkState {
  readonly seed: number;
  /** The last estimate: the prior of the next. */
  readonly prior?: V;
}

const prgfRules: Rules<PrgfOptions> = {
  samples: whole(8, 1),
  radius: positive(1e-5),
  directions: oneOf("gaussian", ["gaussian", "sphere", "rademacher"]),
  lr: positive(1e-3),
  schedule: scheduleRule,
};

function prgfWalk<V>(space: Space<V>, options: PrgfOptions): Walk<V, PrgfState<V>> {
  const { samples, radius, directions: kind, lr, schedule } = options;
  const n = Math.min(samples, space.dimension);
  const length = radius * Math.sqrt(space.dimension);
  return {
    name: "prgf",
    init: (seed) => ({ step: 0, value: Number.NaN, reused: 0, seed }),
    ask({ seed, step, prior }) {
      const first = prior === undefined || n === 1 ? [] : [space.combine([[1, prior]])]; // one is always fresh
      const fresh = space.draw(n - first.length, { seed, step }, { kind, scale: 1 });
      return [[], ...orthonormal(space, [...first, ...fresh]).map((u): Terms<V> => [[length, u]])];
    },
    tell(state, asked, values, at) {
      const [value = Number.NaN, ...others] = values;
      const next = { ...state, step: state.step + 1, value };
      const terms = asked
        .slice(1)
        .map((asked, i): [number, V] => [(others[i]! - value) / length, asked[0]![1]])
        .filter(([c]) => usable(c) && c !== 0);
      if (terms.length === 0) return { state: next };
      const prior = space.combine(terms);
      return { state: { ...next, prior }, move: at.land([[-lr * schedule(state.step), prior]]) };
    },
  };
}

/**
 * Random directions guided by the last estimate: g = sum of (f(x + h u_i) - f(x)) / h u_i over orthonormal u_i, the first of
 * them along the last g, h = radius sqrt(d); x <- x - lr g. g is the gradient's projection on their span.
 *
 * @throws RelizoError OPTION for an unknown option or a value outside its range
 * @cost   samples + 1 queries a turn, fewer where d is below samples; 2 samples^2 inner products and combinations of length d
 */
export function prgf(options: Partial<PrgfOptions> = {}): Method<DenseState<PrgfState<Float64Array>>> {
  const read = readOptions("prgf", options, prgfRules);
  const walk = <V>(space: Space<V>): Walk<V, PrgfState<V>> => prgfWalk(space, read);
  return inAnySpace<PrgfState<Float64Array>>("prgf", walk);
}

export const aboutPrgf: About<PrgfOptions> = {
  name: "prgf",
  summary: "random directions guided by the last estimate",
  source:
    "Cheng, Wu, Zhu, On the Convergence of Prior-Guided Zeroth-Order Optimization Algorithms (History-PRGF), NeurIPS 2021",
  rules: prgfRules,
  help: { ...sampledHelp, samples: "directions behind one estimate, the prior among them" },
  create: prgf,
};
