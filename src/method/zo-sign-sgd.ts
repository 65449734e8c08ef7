import { inDense } from "./in-dense.ts";
import { type Registered, register } from "./registry.ts";
import { type SmoothedOptions, smoothedRules, smoothedWalk } from "./smoothed.ts";

/** x <- x - lr sign(g): every coordinate moves by lr. */
export const zoSignSgd: Registered<SmoothedOptions> = register({
  name: "zo-sign-sgd",
  summary: "steps by the sign of a smoothed gradient",
  source: "Liu, Chen, Chen, Hong, signSGD via Zeroth-Order Oracle, ICLR 2019, algorithm 1",
  rules: smoothedRules,
  create: (options, box) =>
    inDense(
      "zo-sign-sgd",
      (space) =>
        smoothedWalk("zo-sign-sgd", space, options, {}, (gradient, memory, rate) => {
          const signs = space.combine(gradient).map(Math.sign);
          return { move: [[-rate, signs]], memory };
        }),
      box,
    ),
});
