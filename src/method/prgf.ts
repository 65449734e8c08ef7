import { usable } from "../estimate/smooth.ts";
import { oneOf, positive, type Rules, readOptions, whole } from "../option.ts";
import type { Directions } from "../sample/directions.ts";
import { orthonormal } from "../space/orthonormal.ts";
import type { Space, Terms } from "../space/space.ts";
import { type Schedule, scheduled, scheduleRule } from "../step/schedule.ts";
import type { About } from "./about.ts";
import { type DenseState, inDense } from "./in-dense.ts";
import type { Method } from "./method.ts";
import { smoothedHelp } from "./smoothed.ts";
import type { Walk, WalkState } from "./walk.ts";

export interface PrgfOptions {
  readonly samples: number;
  readonly radius: number;
  readonly directions: Directions;
  readonly lr: number;
  readonly schedule: Schedule;
}

export interface PrgfState<V> extends WalkState {
  readonly seed: number;
  /** The last estimate: the prior of the next. */
  readonly prior?: V;
}

export const prgfRules: Rules<PrgfOptions> = {
  samples: whole(8, 1),
  radius: positive(1e-5),
  directions: oneOf("gaussian", ["gaussian", "sphere", "rademacher"]),
  lr: positive(1e-3),
  schedule: scheduleRule,
};

/** g = sum of (f(x + h u_i) - f(x)) / h u_i over orthonormal u_i, the first along the last estimate; x <- x - lr g. */
export function prgfWalk<V>(space: Space<V>, options: PrgfOptions): Walk<V, PrgfState<V>> {
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
      return { state: { ...next, prior }, move: at.land([[-lr * scheduled(schedule, state.step), prior]]) };
    },
  };
}

/** Random directions guided by the last estimate. */
export function prgf(options: Partial<PrgfOptions> = {}): Method<DenseState<PrgfState<Float64Array>>> {
  const read = readOptions("prgf", options, prgfRules);
  return inDense("prgf", (space) => prgfWalk(space, read));
}

export const aboutPrgf: About<PrgfOptions> = {
  name: "prgf",
  summary: "random directions guided by the last estimate",
  source:
    "Cheng, Wu, Zhu, On the Convergence of Prior-Guided Zeroth-Order Optimization Algorithms (History-PRGF), NeurIPS 2021",
  rules: prgfRules,
  help: { ...smoothedHelp, samples: "directions behind one estimate, the prior among them" },
  create: prgf,
};
