/** F1: precision and recall in one figure, which a majority class cannot hide behind. */
import { need } from "../check.ts";
import { type ClassCounts, countRight } from "./accuracy.ts";
import { bestOf, checkScores, type Labels, type Scores } from "./scores.ts";

/** 2 right / (support + predicted) of one class; 0 for a class that is neither there nor predicted. */
export function f1({ support, predicted, right }: ClassCounts): number {
  return support + predicted === 0 ? 0 : (2 * right) / (support + predicted);
}

/** The mean of F1 over all classes, each counting the same. */
export function macroF1(counts: readonly ClassCounts[]): number {
  return counts.reduce((sum, count) => sum + f1(count), 0) / counts.length;
}

/**
 * F1 of the positive class among two.
 *
 * @param positive  its number. Default 1
 */
export function binaryF1(counts: readonly ClassCounts[], positive: number = 1): number {
  need(
    counts.length === 2,
    "OPTION",
    "binaryF1: two classes are needed; take macroF1 for more",
    counts.length,
  );
  need(positive === 0 || positive === 1, "OPTION", "binaryF1: the positive class must be 0 or 1", positive);
  return f1(counts[positive]!);
}

/** 1 - macro F1 as a loss. NaN where a score is. */
export function macroF1Loss(scores: Scores, labels: Labels, classes: number): number {
  checkScores("macroF1Loss", scores, labels, classes);
  const predicted = bestOf(scores, classes);
  return predicted.includes(-1) ? Number.NaN : 1 - macroF1(countRight(predicted, labels, classes));
}

/** 1 - F1 of class 1 of two as a loss. NaN where a score is. */
export function binaryF1Loss(scores: Scores, labels: Labels, classes: number): number {
  checkScores("binaryF1Loss", scores, labels, classes);
  const predicted = bestOf(scores, classes);
  return predicted.includes(-1) ? Number.NaN : 1 - binaryF1(countRight(predicted, labels, classes));
}
