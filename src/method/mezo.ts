/**
 * MeZO: sample -> evaluate -> estimate -> step by pairs of queries on both sides of the iterate, which is never asked itself.
 *
 * @source Malladi, Gao, Nichani, Damian, Lee, Chen, Arora, "Fine-Tuning Language Models with Just Forward Passes", NeurIPS
 *   2023, algorithm 1; Spall, IEEE Trans. Automat. Control 37 (1992) 332-341
 */
import { usable } from "../estimate/smooth.ts";
import { oneOf, positive, type Rules, readOptions, whole } from "../option.ts";
import { DIRECTIONS } from "../sample/directions.ts";
import type { Space, Terms } from "../space/space.ts";
import { scheduleRule } from "../step/schedule.ts";
import type { About } from "./about.ts";
import { type DenseState, inAnySpace } from "./in-dense.ts";
import type { Method } from "./method.ts";
import { type SampledOptions, sampledHelp } from "./smoothed.ts";
import type { Walk, WalkState } from "./walk.ts";

/** Defaults: samples 1, a pair of queries each; radius 1e-3, directions "gaussian", lr 1e-3. */
export type MezoOptions = SampledOptions;

export interface MezoState extends WalkState {
  readonly seed: number;
}

const mezoRules: Rules<MezoOptions> = {
  samples: whole(1, 1),
  radius: positive(1e-3),
  directions: oneOf("gaussian", DIRECTIONS),
  lr: positive(1e-3),
  schedule: scheduleRule,
};

function mezoWalk<V>(space: Space<V>, options: MezoOptions): Walk<V, MezoState> {
  const { samples, radius, directions: kind, lr, schedule } = options;
  const pairs = kind === "orthogonal" || kind === "coordinate" ? Math.min(samples, space.dimension) : samples;
  return {
    name: "mezo",
    init: (seed) => ({ step: 0, value: Number.NaN, reused: 0, seed }),
    ask: ({ seed, step }) =>
      space
        .draw(pairs, { seed, step }, { kind, scale: 1 })
        .flatMap((z): readonly Terms<V>[] => [[[radius, z]], [[-radius, z]]]),
    tell(state, asked, values, at) {
      const good = asked
        .filter((_, i) => i % 2 === 0)
        .map((terms, k) => {
          const z = terms[0]![1];
          const up = values[2 * k]!;
          const down = values[2 * k + 1]!;
          return { z, slope: (up - down) / (2 * radius), mean: (up + down) / 2 };
        })
        .filter(({ slope }) => usable(slope));
      const value = good.reduce(
        (sum, { mean }) => sum + mean / good.length,
        good.length > 0 ? 0 : Number.NaN,
      );
      const next = { ...state, step: state.step + 1, value };
      if (good.length === 0) return { state: next };
      const rate = lr * schedule(state.step);
      return { state: next, move: at.land(good.map(({ z, slope }) => [(-rate * slope) / good.length, z])) };
    },
  };
}

/**
 * Two-point simultaneous perturbation (SPSA): g = mean of (f(x + mu z) - f(x - mu z)) / (2 mu) z, mu the radius; x <- x - lr g.
 * The value a run reports for its iterate is the mean of the pairs.
 *
 * @throws RelizoError OPTION for an unknown option or a value outside its range
 * @cost   2 samples queries a turn
 */
export function mezo(options: Partial<MezoOptions> = {}): Method<DenseState<MezoState>> {
  const read = readOptions("mezo", options, mezoRules);
  return inAnySpace("mezo", <V>(space: Space<V>) => mezoWalk(space, read));
}

export const aboutMezo: About<MezoOptions> = {
  name: "mezo",
  summary: "two-point simultaneous perturbation, two queries a step",
  source:
    "Malladi et al., Fine-Tuning Language Models with Just Forward Passes, NeurIPS 2023, algorithm 1; Spall, IEEE TAC 37 (1992)",
  rules: mezoRules,
  help: { ...sampledHelp, samples: "pairs of queries behind one estimate" },
  create: mezo,
};
