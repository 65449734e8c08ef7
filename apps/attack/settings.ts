/**
 * How each method is set for the universal attack.
 *
 * The learning rates were found on the shipped classifier and pictures with seed 0, 200 iterations (2,200 queries), ten
 * directions and minibatches of ten: for each method, rates a factor of 1.5 to 2 apart, and the one with the lowest final loss
 * on all 100 pictures. What the search saw stands beside each as "rate: loss". Constant rates did better than rates that
 * fall like 1 / sqrt(step) for every method tried with both, because the random part of the perturbation is least when all steps
 * are equally long. For T iterations a rate is multiplied by sqrt(200 / T): that random part grows like rate * sqrt(T).
 *
 * Another seed moves a loss by up to 3, so differences below that say nothing about the methods.
 */
import type { MethodName, MethodOptions } from "../../src/index.ts";

export interface MethodSettings<N extends MethodName> {
  /** Learning rate for TUNED_FOR iterations. */
  readonly lr?: number;
  readonly options?: Partial<MethodOptions[N]>;
  /** Steps for which a minibatch is kept: Infinity is one minibatch for the whole run. Default 1. */
  readonly hold?: number;
  /** What a reader of the results must know. */
  readonly note?: string;
}

/** Iterations the learning rates are for. */
const TUNED_FOR = 200;

const SETTINGS: { readonly [N in MethodName]?: MethodSettings<N> } = {
  // without reuse: 0.02: 27.2, 0.03: 28.7; keeping a minibatch 4 steps, 0.01: 24.9, 0.02: 33.2; 20 steps, 0.006: 28.3; the
  // line search fits the ten pictures of the minibatch and not the others: 94
  relizo: { lr: 0.01, options: { lineSearch: "none", reuse: "secant" }, hold: 4 },
  "zo-sgd": { lr: 7e-5 }, // 7e-5: 25.9, 1e-4: 28.7, 1.5e-4: 35.0
  "zo-sign-sgd": { lr: 0.006 }, // 0.004: 40.2
  "zo-smd": { lr: 1.4e-4 }, // half of it is zo-sgd's rate: with p = 2 the two take the same steps
  "zo-adamm": { lr: 0.02, options: { beta1: 0.9, beta2: 0.3 } }, // 0.012: 31.4, 0.02: 26.1; betas of its authors' code
  prgf: { lr: 0.02 }, // 0.02: 25.4
  mezo: { lr: 3.5e-5, options: { samples: 5 } }, // five pairs; zo-sgd's rate for half the directions
  "random-search": {
    options: { radius: 0.01 },
    hold: Number.POSITIVE_INFINITY,
    note: "compares values of different steps, so it keeps one minibatch for the whole run.",
  },
  "nelder-mead": {
    options: { radius: 0.25 },
    hold: Number.POSITIVE_INFINITY,
    note: "asks for one query a dimension before its first move, and keeps one minibatch for the whole run; it is made for a few tens of dimensions.",
  },
  "fd-lbfgs": {
    options: { radius: 0.02 },
    hold: Number.POSITIVE_INFINITY,
    note: "asks for one query a dimension for each gradient, a handful within the budget, and keeps one minibatch for the whole run.",
  },
};

/** The settings of a method; one that has none runs with its own defaults. */
export function settingsOf<N extends MethodName>(name: N): MethodSettings<N> {
  return SETTINGS[name] ?? {};
}

/** The learning rate for so many iterations. */
export function rateFor(lr: number, iterations: number): number {
  return lr * Math.sqrt(TUNED_FOR / iterations);
}
