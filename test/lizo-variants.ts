/** What the tests of LIZO share: an objective, and the options whose paths through the code differ. */
import type { LizoOptions } from "../src/index.ts";

export const START: readonly number[] = [1, -0.5, 2, 0.25, -1, 0.5];

/** Smooth and convex; least at (1, ..., 1), value 0. */
export function bowl(x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (i + 1) * (x[i]! - 1) ** 2 + 0.1 * (x[i]! - 1) ** 4;
  return sum;
}

/** Multiples of 2^-30, so that a whole number can be added and taken away without rounding. */
export function rounded(x: ArrayLike<number>): number {
  return Math.round(bowl(x) * 2 ** 30) / 2 ** 30;
}

type Later = number | Promise<number>;

/** A line search that halves the step until the value falls. */
export function halving(phi: (step: number) => Later, value: number, _: number, first: number): Later {
  const from = (step: number): Later => {
    const told = (y: number): Later => (y < value ? step : step < 1e-9 ? 0 : from(step / 2));
    const answer = phi(step);
    return typeof answer === "number" ? told(answer) : answer.then(told);
  };
  return from(first);
}

export const VARIANTS: Readonly<Record<string, Partial<LizoOptions>>> = {
  "the defaults": { lr: 0.02, sampleNorm: 1e-3 },
  reuse: {
    lr: 0.02,
    sampleNorm: 1e-3,
    numSamplePerStep: 4,
    reuseDistanceBound: { steps: 3 },
    maxReuseRate: 0.5,
  },
  "reuse within a distance, Gram formed afresh": {
    lr: 0.02,
    numSamplePerStep: 4,
    reuseDistanceBound: 1,
    maxReuseRate: 0.75,
    fastAlg: false,
    orthogonalSample: false,
  },
  "line search": { lr: 0.02, lineSearchFn: "backtracking", reuseDistanceBound: { steps: 2 } },
  momentum: { lr: 0.02, sampleMomentum: 0.3, numSamplePerStep: 3, orthogonalSample: false },
  "decay, strict": { lr: 0.05, weightDecay: 0.1, strictLr: true, numSamplePerStep: 4 },
  "own line search": { lr: 0.02, lineSearchFn: halving },
  reference: {
    lr: 0.02,
    lineSearchFn: "backtracking",
    compatibility: "reference",
    reuseDistanceBound: 1,
    maxReuseRate: 0.5,
  },
};
