/** The options of `LIZO`: the published optimizer's by name, in camelCase, and what it lacks. */
import { custom, flag, has, oneOf, positive, type Rules, real, whole } from "../option.ts";
import { type Reuse, reuseRule } from "../reuse/reuse.ts";
import { seedRule } from "../sample/stream.ts";
import type { Either } from "./either.ts";
import { type AnySpace, spaceRule } from "./other-space.ts";

/**
 * A line search of one's own.
 *
 * @param phi          value of the objective at x - step u, u the unit direction of the estimate; each call is one query, made when
 *   the one before has answered and before the search returns
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
  /** Learning rate: step length over gradient norm, > 0. Default 1e-3. */
  readonly lr: number;
  /** Adds weightDecay times x to the gradient, >= 0. Default 0. */
  readonly weightDecay: number;
  /** Samples behind one estimate, fresh and reused together; at most d are used. Default 8. */
  readonly numSamplePerStep: number;
  /**
   * Past queries closer than this serve again, in units of the parameters; null: lr; `{ steps: k }`: k lengths of the
   * last step. 0, the default, reuses none.
   */
  readonly reuseDistanceBound: number | null | { readonly steps: number };
  /** null (default): past samples by the bound above. Or `slopes()`, in place of that bound and of maxReuseRate. */
  readonly reuse: null | Reuse;
  /** Largest part of the samples that may be reused, 0 to 1; one is always fresh. Default 1. */
  readonly maxReuseRate: number;
  /** Smoothing radius: root mean square of a fresh displacement's entries, > 0. Default 1e-5. */
  readonly sampleNorm: number;
  /** Fresh displacements are orthogonal to each other and to the reused ones. Default true. */
  readonly orthogonalSample: boolean;
  /** Mean of fresh displacements, in lengths of the last step, against its direction, >= 0. Default 0. */
  readonly sampleMomentum: number;
  /** The Gram matrix follows the step in O(n^2), in place of being formed afresh in O(n^2 d). Default true. */
  readonly fastAlg: boolean;
  /** null: a step of lr times the gradient norm. "backtracking": Armijo, which also expands. Or a search of one's own. */
  readonly lineSearchFn: null | "backtracking" | LineSearch;
  /** The step has length lr whatever the gradient's norm. Default false. */
  readonly strictLr: boolean;
  /** Names the random stream: 0 to 2^53 - 1. Default 0. */
  readonly seed: number;
  /** Rows of noise, row-major rows x dimension, in place of sampleNorm times normal draws. */
  readonly noise: null | ((rows: number, dimension: number) => Float64Array);
  /** The published arithmetic without its defects (default) or with them. */
  readonly compatibility: "corrected" | "reference";
  /**
   * "dense" (default): directions are written out. Or `(await openKernels()).seeded()`, from "relizo/kernels": they are drawn
   * again wherever they are needed; with samples reused as points, up to one vector for each.
   */
  readonly space: AnySpace;
}

const distance = real(0, 0, Infinity);

const isBound = (value: unknown): value is LizoOptions["reuseDistanceBound"] =>
  value === null ||
  distance.accepts(has(value, "steps") && Object.keys(value).length === 1 ? value.steps : value);

const isNoise = (value: unknown): value is LizoOptions["noise"] =>
  value === null || typeof value === "function";

const isSearch = (value: unknown): value is LizoOptions["lineSearchFn"] =>
  value === "backtracking" || isNoise(value);

export const lizoRules: Rules<LizoOptions> = {
  lr: positive(1e-3),
  weightDecay: real(0, 0, Infinity, "[)"),
  numSamplePerStep: whole(8, 1),
  reuseDistanceBound: custom<LizoOptions["reuseDistanceBound"]>(
    0,
    `null, { steps: k } or k, k ${distance.range}`,
    isBound,
  ),
  reuse: reuseRule<null>(null),
  maxReuseRate: real(1, 0, 1),
  sampleNorm: positive(1e-5),
  orthogonalSample: flag(true),
  sampleMomentum: real(0, 0, Infinity, "[)"),
  fastAlg: flag(true),
  lineSearchFn: custom<LizoOptions["lineSearchFn"]>(null, 'null, "backtracking" or a function', isSearch),
  strictLr: flag(false),
  seed: seedRule,
  noise: custom<LizoOptions["noise"]>(null, "a function or null", isNoise),
  compatibility: oneOf("corrected", ["corrected", "reference"]),
  space: spaceRule,
};
