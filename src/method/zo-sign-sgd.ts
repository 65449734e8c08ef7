/**
 * ZO-signSGD: sample -> evaluate -> estimate by smoothing, and a step by the signs of the estimate.
 *
 * @source Liu, Chen, Chen, Hong, "signSGD via Zeroth-Order Oracle", ICLR 2019, algorithm 1
 */
import { readOptions } from "../option.ts";
import type { About } from "./about.ts";
import { type DenseState, inDense } from "./in-dense.ts";
import type { Method } from "./method.ts";
import {
  type SmoothedOptions,
  type SmoothedState,
  smoothedHelp,
  smoothedRules,
  smoothedWalk,
} from "./smoothed.ts";

/**
 * Steps by the sign of a smoothed gradient: x <- x - lr sign(g), every coordinate by lr [units of x].
 *
 * @throws RelizoError OPTION for an unknown option or a value outside its range
 * @cost   samples + 1 queries a turn
 */
export function zoSignSgd(options: Partial<SmoothedOptions> = {}): Method<DenseState<SmoothedState<object>>> {
  const read = readOptions("zo-sign-sgd", options, smoothedRules);
  return inDense("zo-sign-sgd", (space) =>
    smoothedWalk("zo-sign-sgd", space, read, {}, (gradient, memory, rate) => {
      const signs = space.combine(gradient).map(Math.sign);
      return { move: [[-rate, signs]], memory };
    }),
  );
}

export const aboutZoSignSgd: About<SmoothedOptions> = {
  name: "zo-sign-sgd",
  summary: "steps by the sign of a smoothed gradient",
  source: "Liu, Chen, Chen, Hong, signSGD via Zeroth-Order Oracle, ICLR 2019, algorithm 1",
  rules: smoothedRules,
  help: smoothedHelp,
  create: zoSignSgd,
};
