/** What losses of classes share: rows of one score a class, and the true class of each row. */
import { need } from "../check.ts";

/** Logits or log-likelihoods, row after row. */
export type Scores = Float32Array | Float64Array;
/** The true class of each row, from 0. */
export type Labels = ArrayLike<number>;

/**
 * A loss over classes, smaller is better: a mean over rows, or whatever the user's function makes of them.
 *
 * @param scores  labels.length * classes numbers, row after row
 */
export type ClassLoss = (scores: Float64Array, labels: Int32Array, classes: number) => number;

/** @throws RelizoError SHAPE where counts disagree, VALUE for a label that is no class */
export function checkScores(where: string, scores: Scores, labels: Labels, classes: number): void {
  need(
    labels.length > 0 && scores.length === labels.length * classes,
    "SHAPE",
    `${where}: one row of ${classes} scores is needed for each of ${labels.length} labels, and at least one`,
    `${scores.length} scores`,
  );
  for (let i = 0; i < labels.length; i++)
    need(
      Number.isInteger(labels[i]) && labels[i]! >= 0 && labels[i]! < classes,
      "VALUE",
      `${where}: label ${i} must be a class from 0 to ${classes - 1}`,
      labels[i],
    );
}

/** The class with the best score in every row, the first of equals; -1 where a score is NaN. */
export function bestOf(scores: Scores, width: number): Int32Array {
  const out = new Int32Array(scores.length / width);
  for (let row = 0; row < out.length; row++) out[row] = argmax(scores, row * width, width);
  return out;
}

/** Index of the largest of `width` numbers from `begin` on, the first of equals; -1 where one is NaN. */
export function argmax(x: Scores, begin: number, width: number): number {
  let best = 0;
  for (let i = 0; i < width; i++) {
    const value = x[begin + i]!;
    if (Number.isNaN(value)) return -1;
    if (value > x[begin + best]!) best = i;
  }
  return best;
}
