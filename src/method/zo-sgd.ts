/**
 * ZO-SGD: sample -> evaluate -> estimate by smoothing, and the step of stochastic gradient descent, with heavy-ball momentum
 * where asked.
 *
 * @source Ghadimi, Lan, SIAM J. Optim. 23 (2013) 2341-2368, doi:10.1137/120880811, algorithm RSGF; momentum: Polyak, USSR
 *   Comput. Math. Math. Phys. 4 (1964) 1-17
 */
import { type Rules, readOptions, real } from "../option.ts";
import type { Space } from "../space/space.ts";
import type { About } from "./about.ts";
import { type DenseState, inAnySpace } from "./in-dense.ts";
import type { Method } from "./method.ts";
import {
  type SmoothedOptions,
  type SmoothedState,
  smoothedHelp,
  smoothedRules,
  smoothedWalk,
} from "./smoothed.ts";
import type { Walk } from "./walk.ts";

export interface ZoSgdOptions extends SmoothedOptions {
  /** Weight of the last direction, from 0 (default) to 1. */
  readonly momentum: number;
}

/** What is left of earlier gradients: nothing before the first step or without momentum. */
export interface Velocity<V> {
  readonly v?: V;
}

const zoSgdRules: Rules<ZoSgdOptions> = {
  ...smoothedRules,
  momentum: real(0, 0, 1),
};

function zoSgdWalk<V>(space: Space<V>, options: ZoSgdOptions): Walk<V, SmoothedState<Velocity<V>>> {
  const { momentum } = options;
  const start: Velocity<V> = {};
  return smoothedWalk("zo-sgd", space, options, start, (gradient, memory, rate) => {
    if (momentum === 0) return { move: gradient.map(([c, z]) => [-rate * c, z]), memory };
    const v = space.combine(memory.v === undefined ? gradient : [...gradient, [momentum, memory.v]]);
    return { move: [[-rate, v]], memory: { v } };
  });
}

/**
 * Stochastic gradient descent on a smoothed gradient: v <- g + momentum v, x <- x - lr v.
 *
 * @throws RelizoError OPTION for an unknown option or a value outside its range
 * @cost   samples + 1 queries a turn; with momentum one vector of state
 */
export function zoSgd(
  options: Partial<ZoSgdOptions> = {},
): Method<DenseState<SmoothedState<Velocity<Float64Array>>>> {
  const read = readOptions("zo-sgd", options, zoSgdRules);
  const walk = <V>(space: Space<V>): Walk<V, SmoothedState<Velocity<V>>> => zoSgdWalk(space, read);
  return inAnySpace<SmoothedState<Velocity<Float64Array>>>("zo-sgd", walk);
}

export const aboutZoSgd: About<ZoSgdOptions> = {
  name: "zo-sgd",
  summary: "stochastic gradient descent on a smoothed gradient",
  source: "Ghadimi, Lan, SIAM J. Optim. 23 (2013) 2341-2368, algorithm RSGF, doi:10.1137/120880811",
  rules: zoSgdRules,
  help: { ...smoothedHelp, momentum: "weight of the last direction (heavy ball)" },
  create: zoSgd,
};
