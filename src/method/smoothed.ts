/** Methods that estimate the gradient by smoothing afresh every turn, and differ in what they do with it. */
import { smooth } from "../estimate/smooth.ts";
import { flag, oneOf, positive, type Rules, whole } from "../option.ts";
import { DIRECTIONS, type Directions } from "../sample/directions.ts";
import type { Space, Terms } from "../space/space.ts";
import { type Schedule, scheduled, scheduleRule } from "../step/schedule.ts";
import type { Help } from "./about.ts";
import type { Walk, WalkState } from "./walk.ts";

export interface SmoothedOptions {
  readonly samples: number;
  readonly radius: number;
  readonly directions: Directions;
  readonly lr: number;
  readonly schedule: Schedule;
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

export const smoothedHelp: Help<SmoothedOptions> = {
  samples: "directions behind one estimate: q",
  radius: "smoothing radius: root mean square of a displacement's entries, in units of x",
  directions: "how directions are drawn",
  lr: "learning rate",
  schedule: "factor on lr by step",
  dimensionFactor:
    "the estimate has the gradient's length on average; false: 1/d of it, as some implementations have it",
};

export interface SmoothedState<M> extends WalkState {
  readonly seed: number;
  /** What the rule remembers. */
  readonly memory: M;
}

/** Gradient and memory -> move and memory. The gradient comes uncombined: coefficients of the directions. */
export type StepRule<V, M> = (
  gradient: Terms<V>,
  memory: M,
  rate: number,
  x: V,
) => { readonly move: Terms<V>; readonly memory: M };

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
      const { move, memory } = rule(gradient, state.memory, lr * scheduled(schedule, state.step), at.x);
      return { state: { ...next, memory }, move: at.land(move) };
    },
  };
}
