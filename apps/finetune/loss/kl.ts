/** How far a model's distributions have moved from those of the model it began as. */
import { need } from "../check.ts";
import { logSumExp } from "./log-sum-exp.ts";
import type { Scores } from "./scores.ts";

/**
 * Mean over rows of KL(base || model) = sum_v p_base(v) (log p_base(v) - log p_model(v)), in nats.
 *
 * @param logits  rows * width numbers of the model
 * @param base    as many of the base model, for the same rows
 * @throws RelizoError SHAPE where the counts disagree
 * @cost three exponentials a logit
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
    const norm = logSumExp(base, begin, width);
    const shift = logSumExp(logits, begin, width) - norm;
    for (let i = begin; i < begin + width; i++) {
      const p = Math.exp(base[i]! - norm);
      if (p !== 0) sum += p * (base[i]! - logits[i]! + shift); // 0 log 0 is 0; NaN is not 0
    }
  }
  return sum / rows;
}
