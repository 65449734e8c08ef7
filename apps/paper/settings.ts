/**
 * What each method is tried with, as plain data. Every variant runs at every learning rate of the grid, unless the method has
 * no `lr` or the variant names its own; the study adds the cell's `samples`. To widen a method's search, add a line here.
 */
import type { MethodName, MethodSettings } from "../../src/index.ts";

/** {1, 2, 5} x 10^{-4..-1}, the paper's grid. */
export const learningRates: readonly number[] = [
  1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.2, 0.5,
];

export type Variants = { readonly [N in MethodName]?: readonly Partial<MethodSettings[N]>[] };

/** Half a cosine over the paper's 500 iterations, down to a twentieth. */
const cosine = { kind: "cosine", steps: 500, floor: 0.05 } as const;
const slowing = { kind: "inverse-sqrt" } as const;

/** Seven variants for each method of the paper, so that none is tuned harder; one without a line runs with its defaults. */
export const variants: Variants = {
  relizo: [
    { lineSearch: "none", reuse: "none" },
    { lineSearch: "none", reuse: "secant" },
    { lineSearch: "armijo", reuse: "none" },
    { lineSearch: "armijo", reuse: "secant" },
    { lineSearch: "none", reuse: "secant", normalized: true, schedule: cosine },
    { lineSearch: "none", reuse: "secant", normalized: true, schedule: cosine, momentum: 0.5 },
    { lineSearch: "none", reuse: "secant", normalized: true, schedule: cosine, directions: "coordinate" },
  ],
  "zo-sgd": [
    {},
    { dimensionFactor: false },
    { dimensionFactor: false, momentum: 0.9 },
    { dimensionFactor: false, schedule: cosine },
    { schedule: slowing },
    { dimensionFactor: false, directions: "coordinate" },
    { dimensionFactor: false, directions: "coordinate", momentum: 0.9 },
  ],
  "zo-sign-sgd": [
    {},
    { schedule: slowing },
    { schedule: cosine },
    { directions: "gaussian" },
    { directions: "orthogonal", schedule: cosine },
    { directions: "coordinate" },
    { directions: "coordinate", schedule: cosine },
  ],
  "zo-adamm": [
    {},
    { beta2: 0.9 },
    { beta2: 0.999, schedule: cosine },
    { schedule: cosine },
    { beta1: 0.5, beta2: 0.9, schedule: cosine },
    { directions: "coordinate", schedule: cosine },
    { directions: "coordinate", beta1: 0.5, beta2: 0.99 },
  ],
};

/**
 * Tables 8, 10 and 11 and figure 2 fix the learning rate and vary the reuse bound b, in learning rates. The line search is on,
 * as in the authors' own settings: at a fixed length of step every rate of the grid diverges on ARGTRIGLS. One sample is
 * always fresh, where the authors may reuse all.
 */
export const reuseStudy: {
  /** The authors' rate for each problem; tables 10 and 11 do not name theirs, and `bounds` fits them best here. */
  readonly rates: Readonly<Record<string, number>>;
  readonly bounds: number;
  /** The bound is absolute: so many lengths of the last step never limit it. */
  readonly reuseSteps: number;
} = {
  rates: {
    ARGTRIGLS: 5e-3,
    CHNROSNB: 1e-2,
    COATING: 1e-2,
    MANCINO: 1e-4,
    BOXPOWER: 1e-3,
    SROSENBR: 5e-3,
    BROYDNBDLS: 1e-2,
  },
  bounds: 1e-2,
  reuseSteps: 1e9,
};

/** Why a cell may stay above the paper's figure, by problem/d/N; shown where it does. */
export const reasons: Readonly<Record<string, string>> = {};
