/** How far a model's distributions have moved from those of the model it began as. */
import { need } from "../check.ts";
import { logSumExp, meanDifference } from "./log-sum-exp.ts";
import type { Scores } from "./scores.ts";

/**
 * Mean over rows of KL(base || model) = sum_v p_base(v) (log p_base(v) - log p_model(v)), in nats.
 *
 * @param logits  rows * width numbers of the model
 * @param base    as many of the base model, for the same rows
 * @throws RelizoError SHAPE where the counts disagree
 * @cost two exponentials a logit; 1.1 ms for 16 rows of 8,192
 */
export function klDivergence(logits: Scores, base: Scores, width: number): number {
  const rows = logits.length / width;
  need(
    Number.isInteger(rows) && rows > 0 && base.length === logits.length,
    "SHAPE",
    `klDivergence: whole rows of ${width} logits are needed, as many as of the base model's (${base.length})`,
    logits.length,
  );
  let sum = 0;
  for (let begin = 0; begin < logits.length; begin += width) {
    const { logSum, mean } = meanDifference(base, logits, begin, width);
    sum += mean + logSumExp(logits, begin, width) - logSum;
  }
  return sum / rows;
}
