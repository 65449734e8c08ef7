import { type Rules, real } from "../option.ts";
import type { Space } from "../space/space.ts";
import { inDense } from "./in-dense.ts";
import { type Registered, register } from "./registry.ts";
import { type SmoothedOptions, type SmoothedState, smoothedRules, smoothedWalk } from "./smoothed.ts";
import type { Walk } from "./walk.ts";

export interface ZoSgdOptions extends SmoothedOptions {
  readonly momentum: number;
}

/** What is left of earlier gradients: nothing before the first step or without momentum. */
export interface Velocity<V> {
  readonly v?: V;
}

export const zoSgdRules: Rules<ZoSgdOptions> = {
  ...smoothedRules,
  momentum: real(0, 0, 1, "weight of the last direction (heavy ball)"),
};

/** x <- x - lr v, v <- g + momentum v, over any space. */
export function zoSgdWalk<V>(space: Space<V>, options: ZoSgdOptions): Walk<V, SmoothedState<Velocity<V>>> {
  const { momentum } = options;
  const start: Velocity<V> = {};
  return smoothedWalk("zo-sgd", space, options, start, (gradient, memory, rate) => {
    if (momentum === 0) return { move: gradient.map(([c, z]) => [-rate * c, z]), memory };
    const v = space.combine(memory.v === undefined ? gradient : [...gradient, [momentum, memory.v]]);
    return { move: [[-rate, v]], memory: { v } };
  });
}

export const zoSgd: Registered<ZoSgdOptions> = register({
  name: "zo-sgd",
  summary: "stochastic gradient descent on a smoothed gradient",
  source: "Ghadimi, Lan, SIAM J. Optim. 23 (2013) 2341-2368, algorithm RSGF, doi:10.1137/120880811",
  rules: zoSgdRules,
  create: (options, box) => inDense("zo-sgd", (space) => zoSgdWalk(space, options), box),
});
