/** What is counted rather than derived: how many predictions are right, class by class. */
import { need } from "../check.ts";
import { bestOf, checkScores, type Labels, type Scores } from "./scores.ts";

/** Counts of one class. */
export interface ClassCounts {
  /** Examples of this class. */
  readonly support: number;
  /** Examples taken for this class. */
  readonly predicted: number;
  /** Examples of this class taken for it. */
  readonly right: number;
}

/**
 * @param predicted  a class for each label; what is none (-1, where a score was NaN) is counted as wrong
 * @throws RelizoError SHAPE where the counts disagree, or there are none
 */
export function countRight(predicted: ArrayLike<number>, labels: Labels, classes: number): ClassCounts[] {
  need(
    predicted.length === labels.length && labels.length > 0,
    "SHAPE",
    `a prediction is needed for each of ${labels.length} labels, and at least one`,
    `${predicted.length} predictions`,
  );
  const counts = Array.from({ length: classes }, () => ({ support: 0, predicted: 0, right: 0 }));
  for (let i = 0; i < labels.length; i++) {
    const [truth, guess] = [counts[labels[i]!], counts[predicted[i]!]];
    need(truth !== undefined, "VALUE", `label ${i} must be a class from 0 to ${classes - 1}`, labels[i]);
    truth.support += 1;
    if (guess !== undefined) guess.predicted += 1;
    if (guess === truth) truth.right += 1;
  }
  return counts;
}

/** Part of the predictions that are right. */
export function accuracyOf(counts: readonly ClassCounts[]): number {
  const total = counts.reduce((sum, { support }) => sum + support, 0);
  return counts.reduce((sum, { right }) => sum + right, 0) / total;
}

/** 1 - accuracy as a loss: a step function, of use only where directions reach over a step. NaN where a score is. */
export function errorRate(scores: Scores, labels: Labels, classes: number): number {
  checkScores("errorRate", scores, labels, classes);
  const predicted = bestOf(scores, classes);
  return predicted.includes(-1) ? Number.NaN : 1 - accuracyOf(countRight(predicted, labels, classes));
}
