/** The value form of reuse: an old sample is a point whose value is known, seen from where x is now. */
import { carry, secant } from "./carry.ts";
import { emptyHistory } from "./history.ts";
import type { Reuse } from "./reuse.ts";

export interface SamplesRule {
  /** Closer than this to x [units of x], and than this many lengths of the last step. Default Infinity. */
  readonly within?: number;
  readonly steps?: number;
  /** Largest part of the samples. */
  readonly part: number;
  /** The published optimizer's limit, which may leave no sample fresh. */
  readonly reference: boolean;
  /** Follow its recursion, the safeguard in the denominator included. */
  readonly published: boolean;
}

export const none: Reuse = { fresh: (n) => n, remember: emptyHistory };

/** The point that the last step came from, beside the samples. */
export const lastPoint: Reuse = {
  fresh: (n) => n,
  remember: (space, _, line, __, n) => secant(space, line, n),
};

/** The nearest past samples, in place of some. */
export const pastSamples = ({
  within = Infinity,
  steps = Infinity,
  part,
  reference,
  published,
}: SamplesRule): Reuse => ({
  fresh: (n, { rows }) => Math.max(n - rows.length, reference ? 0 : 1),
  remember(space, samples, line, _, n) {
    const moved = Math.abs(line.t) * Math.sqrt(line.square);
    const near = Math.min(within, steps === Infinity ? steps : steps * moved);
    const most = reference ? n * part : Math.min(n * part, n - 1);
    return carry(space, samples, line, { within: near, most, published });
  },
});
