/**
 * ZO-AdaMM: sample -> evaluate -> estimate by smoothing, and the step of AMSGrad.
 *
 * @source Chen, Liu, Xu, Li, Lin, Hong, Cox, "ZO-AdaMM: Zeroth-Order Adaptive Momentum Method for Black-Box Optimization",
 *   NeurIPS 2019, algorithm 1
 */
import { positive, type Rules, readOptions, real } from "../option.ts";
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

export interface ZoAdammOptions extends SmoothedOptions {
  /** Memory of the first moment, 0 <= beta1 < 1. Default 0.9. */
  readonly beta1: number;
  /** Memory of the second moment, 0 <= beta2 < 1. Default 0.3. */
  readonly beta2: number;
  /** Added to sqrt(vHat), > 0 [units of f / x]. Default 1e-12. */
  readonly floor: number;
}

/** Running means of g and g^2 entry by entry, length d; none before the first step. */
export interface Moments {
  readonly m?: Float64Array;
  readonly v?: Float64Array;
  /** Largest v so far. */
  readonly vHat?: Float64Array;
}

const START: Moments = {};

const zoAdammRules: Rules<ZoAdammOptions> = {
  ...smoothedRules,
  beta1: real(0.9, 0, 1, "[)"),
  beta2: real(0.3, 0, 1, "[)"),
  floor: positive(1e-12),
};

/**
 * AMSGrad on a smoothed gradient: m <- beta1 m + (1 - beta1) g, v <- beta2 v + (1 - beta2) g^2, vHat <- max(vHat, v),
 * x <- the point of the feasible set nearest to x - lr m / sqrt(vHat) in the norm sqrt(y^T diag(vHat)^(1/2) y). On a box
 * that weighted projection is made coordinate by coordinate, so clipping is exact.
 *
 * @throws RelizoError OPTION for an unknown option or a value outside its range
 * @cost   samples + 1 queries a turn; three vectors of state
 */
export function zoAdamm(options: Partial<ZoAdammOptions> = {}): Method<DenseState<SmoothedState<Moments>>> {
  const read = readOptions("zo-adamm", options, zoAdammRules);
  const { beta1, beta2, floor } = read;
  return inDense("zo-adamm", (space) =>
    smoothedWalk("zo-adamm", space, read, START, (gradient, memory, rate) => {
      const g = space.combine(gradient);
      const m = g.map((gi, i) => beta1 * (memory.m?.[i] ?? 0) + (1 - beta1) * gi);
      const v = g.map((gi, i) => beta2 * (memory.v?.[i] ?? 0) + (1 - beta2) * gi * gi);
      const vHat = v.map((vi, i) => Math.max(vi, memory.vHat?.[i] ?? 0));
      const p = m.map((mi, i) => mi / (Math.sqrt(vHat[i]!) + floor));
      return { move: [[-rate, p]], memory: { m, v, vHat } };
    }),
  );
}

export const aboutZoAdamm: About<ZoAdammOptions> = {
  name: "zo-adamm",
  summary: "AMSGrad on a smoothed gradient, projected in its own norm",
  source: "Chen, Liu, Xu, Li, Lin, Hong, Cox, ZO-AdaMM, NeurIPS 2019, algorithm 1, eq. 5",
  rules: zoAdammRules,
  help: {
    ...smoothedHelp,
    beta1: "memory of the first moment",
    beta2: "memory of the second moment",
    floor: "added to sqrt(vHat), in units of the gradient",
  },
  create: zoAdamm,
};
