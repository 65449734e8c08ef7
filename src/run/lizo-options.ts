/** The options of `LIZO`: the published optimizer's by name, in camelCase, and what it lacks. */
import { custom, flag, oneOf, positive, type Rules, real, whole } from "../option.ts";
import { MAX_SEED } from "../sample/stream.ts";
import type { Either } from "./either.ts";

/**
 * A line search of one's own.
 *
 * @param phi          value of the objective at x - step u, u the unit direction of the estimate; each call is one query
 * @param value        the objective at x
 * @param slope        directional derivative along -u: negative
 * @param initialStep  step length that lr alone would take
 * @returns the step length to take; 0 stays
 */
export type LineSearch = (
  phi: (step: number) => Either<number>,
  value: number,
  slope: number,
  initialStep: number,
) => Either<number>;

export interface LizoOptions {
  readonly lr: number;
  readonly weightDecay: number;
  readonly numSamplePerStep: number;
  /** In units of the parameters; null: lr; `{ steps: k }`: k lengths of the last step. */
  readonly reuseDistanceBound: number | null | { readonly steps: number };
  readonly maxReuseRate: number;
  readonly sampleNorm: number;
  readonly orthogonalSample: boolean;
  readonly sampleMomentum: number;
  readonly fastAlg: boolean;
  readonly lineSearchFn: null | "backtracking" | LineSearch;
  readonly strictLr: boolean;
  readonly seed: number;
  /** Rows of noise, row-major rows x dimension, in place of sampleNorm times normal draws. */
  readonly noise: null | ((rows: number, dimension: number) => Float64Array);
  readonly compatibility: "corrected" | "reference";
}

const isBound = (value: unknown): value is LizoOptions["reuseDistanceBound"] =>
  value === null ||
  (typeof value === "number" && value >= 0) ||
  (typeof value === "object" && "steps" in value && typeof value.steps === "number" && value.steps >= 0);

const isSearch = (value: unknown): value is LizoOptions["lineSearchFn"] =>
  value === null || value === "backtracking" || typeof value === "function";

const isNoise = (value: unknown): value is LizoOptions["noise"] =>
  value === null || typeof value === "function";

export const lizoRules: Rules<LizoOptions> = {
  lr: positive(1e-3, "learning rate: step length over gradient norm"),
  weightDecay: real(0, 0, Number.MAX_VALUE, "adds weightDecay times x to the gradient"),
  numSamplePerStep: whole(8, 1, "samples behind one estimate, fresh and reused together; at most d are used"),
  reuseDistanceBound: custom<LizoOptions["reuseDistanceBound"]>(
    0,
    "a number in [0, Infinity), null (lr) or { steps: k >= 0 }",
    isBound,
    "reuse past queries closer than this; 0 reuses none",
  ),
  maxReuseRate: real(1, 0, 1, "largest part of the samples that may be reused; one is always fresh"),
  sampleNorm: positive(1e-5, "smoothing radius: root mean square of a displacement's entries"),
  orthogonalSample: flag(true, "fresh displacements are orthogonal to each other and to the reused ones"),
  sampleMomentum: real(0, 0, Number.MAX_VALUE, "mean of fresh displacements, in last steps"),
  fastAlg: flag(
    true,
    "the Gram matrix follows the step in O(n^2) in place of being formed afresh in O(n^2 d)",
  ),
  lineSearchFn: custom<LizoOptions["lineSearchFn"]>(
    null,
    'null, "backtracking" or a function (phi, value, slope, initialStep) => step',
    isSearch,
    "null: step lr times the gradient norm",
  ),
  strictLr: flag(false, "the step has length lr whatever the gradient's norm"),
  seed: whole(0, 0, "names the random stream", MAX_SEED),
  noise: custom<LizoOptions["noise"]>(
    null,
    "a function (rows, dimension) => Float64Array, or null",
    isNoise,
    "own noise",
  ),
  compatibility: oneOf(
    "corrected",
    ["corrected", "reference"],
    "the published arithmetic with or without its defects",
  ),
};
