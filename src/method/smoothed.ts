/**
 * What the methods that smooth share: sample -> evaluate -> estimate, the gradient afresh every turn and nothing reused. They
 * differ in the step alone, a {@link StepRule}.
 */
import { smooth } from "../estimate/smooth.ts";
import { flag, oneOf, positive, type Rules, whole } from "../option.ts";
import { DIRECTIONS, type Directions } from "../sample/directions.ts";
import type { Space, Terms } from "../space/space.ts";
import { type Schedule, scheduleRule } from "../step/schedule.ts";
import type { Help } from "./about.ts";
import type { Ground, Walk, WalkState } from "./walk.ts";

/** What every method takes that samples around its iterate and moves by a learning rate; each has its own defaults. */
export interface SampledOptions {
  /** Directions behind one estimate, 1 or more; of those at right angles at most d are drawn. */
  readonly samples: number;
  /** Smoothing radius mu > 0 [units of x]: root mean square of a displacement's entries. */
  readonly radius: number;
  /** How directions are drawn. */
  readonly directions: Directions;
  /** Learning rate > 0 [units of x^2 / f; of x where steps are normalized]. */
  readonly lr: number;
  /** Factor on `lr` by step. Default: always 1. */
  readonly schedule: Schedule;
}

/** Defaults: samples 8, radius 1e-5, directions "sphere", lr 1e-3. */
export interface SmoothedOptions extends SampledOptions {
  /** The estimate has the gradient's length on average (default); false: 1/d of it, as some implementations have it. */
  readonly dimensionFactor: boolean;
}

export const smoothedRules: Rules<SmoothedOptions> = {
  samples: whole(8, 1),
  radius: positive(1e-5),
  directions: oneOf("sphere", DIRECTIONS),
  lr: positive(1e-3),
  schedule: scheduleRule,
  dimensionFactor: flag(true),
};

export const sampledHelp: Help<SampledOptions> = {
  samples: "directions behind one estimate",
  radius: "smoothing radius: root mean square of a displacement's entries, in units of x",
  directions: "how directions are drawn",
  lr: "learning rate",
  schedule: "factor on lr by step",
};

export const smoothedHelp: Help<SmoothedOptions> = {
  ...sampledHelp,
  dimensionFactor:
    "the estimate has the gradient's length on average; false: 1/d of it, as some implementations have it",
};

export interface SmoothedState<M> extends WalkState {
  readonly seed: number;
  /** What the rule remembers. */
  readonly memory: M;
}

/** The step: gradient and memory -> move and memory. The gradient comes uncombined: coefficients of the directions. */
export type StepRule<V, M> = (
  gradient: Terms<V>,
  memory: M,
  rate: number,
  at: Ground<V>,
) => { readonly move: Terms<V>; readonly memory: M };

/**
 * The turn of a method that smooths: f(x), then f(x + mu z_i) for fresh z_i, then the rule's step from x.
 *
 * @param start  what the rule remembers before the first step
 * @cost   samples + 1 queries and samples vectors of length d a turn, besides what the rule takes
 */
export function smoothedWalk<V, M>(
  name: string,
  space: Space<V>,
  options: SmoothedOptions,
  start: M,
  rule: StepRule<V, M>,
): Walk<V, SmoothedState<M>> {
  const { samples, radius, directions: kind, schedule } = options;
  const lr = options.dimensionFactor ? options.lr : options.lr / space.dimension;
  return {
    name,
    init: (seed) => ({ step: 0, value: Number.NaN, reused: 0, seed, memory: start }),
    ask({ seed, step }) {
      const most =
        kind === "orthogonal" || kind === "coordinate" ? Math.min(samples, space.dimension) : samples;
      const directions = space.draw(most, { seed, step }, { kind, scale: 1 });
      return [[], ...directions.map((z): Terms<V> => [[radius, z]])];
    },
    tell(state, asked, values, at) {
      const [value = Number.NaN, ...others] = values;
      const next = { ...state, step: state.step + 1, value };
      const coefficients = smooth(
        others.map((f) => f - value),
        radius,
      );
      const gradient = asked.slice(1).map((terms, i): [number, V] => [coefficients[i]!, terms[0]![1]]);
      if (coefficients.every((c) => c === 0)) return { state: next };
      const { move, memory } = rule(gradient, state.memory, lr * schedule(state.step), at);
      return { state: { ...next, memory }, move: at.land(move) };
    },
  };
}
