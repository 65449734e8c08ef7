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

/** x <- x - lr sign(g): every coordinate moves by lr. */
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
