import { positive, type Rules, real } from "../option.ts";
import { inDense } from "./in-dense.ts";
import { type Registered, register } from "./registry.ts";
import { type SmoothedOptions, smoothedRules, smoothedWalk } from "./smoothed.ts";

export interface ZoAdammOptions extends SmoothedOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly floor: number;
}

interface Moments {
  readonly m?: Float64Array;
  readonly v?: Float64Array;
  /** Largest v so far. */
  readonly vHat?: Float64Array;
}

const START: Moments = {};

/**
 * AMSGrad on a smoothed gradient: m <- beta1 m + (1 - beta1) g, v <- beta2 v + (1 - beta2) g^2, vHat <- max(vHat, v),
 * x <- the point of the feasible set nearest to x - lr m / sqrt(vHat) in the norm sqrt(y^T diag(vHat)^(1/2) y). On a box
 * that weighted projection is made coordinate by coordinate, so clipping is exact.
 */
export const zoAdamm: Registered<ZoAdammOptions> = register({
  name: "zo-adamm",
  summary: "AMSGrad on a smoothed gradient, projected in its own norm",
  source: "Chen, Liu, Xu, Li, Lin, Hong, Cox, ZO-AdaMM, NeurIPS 2019, algorithm 1, eq. 5",
  rules: {
    ...smoothedRules,
    beta1: real(0.9, 0, 0.999999, "memory of the first moment"),
    beta2: real(0.3, 0, 0.999999, "memory of the second moment"),
    floor: positive(1e-12, "added to sqrt(vHat), in units of the gradient"),
  } satisfies Rules<ZoAdammOptions>,
  create: (options, box) => {
    const { beta1, beta2, floor } = options;
    return inDense(
      "zo-adamm",
      (space) =>
        smoothedWalk("zo-adamm", space, options, START, (gradient, memory, rate) => {
          const g = space.combine(gradient);
          const m = g.map((gi, i) => beta1 * (memory.m?.[i] ?? 0) + (1 - beta1) * gi);
          const v = g.map((gi, i) => beta2 * (memory.v?.[i] ?? 0) + (1 - beta2) * gi * gi);
          const vHat = v.map((vi, i) => Math.max(vi, memory.vHat?.[i] ?? 0));
          const p = m.map((mi, i) => mi / (Math.sqrt(vHat[i]!) + floor));
          return { move: [[-rate, p]], memory: { m, v, vHat } };
        }),
      box,
    );
  },
});
