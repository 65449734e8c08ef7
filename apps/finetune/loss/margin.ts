/** Margin: how far the best wrong class comes up to the true one. */
import { checkScores, type Labels, type Scores } from "./scores.ts";

/**
 * Mean over rows of max(0, width + best wrong score - true score): the hinge loss of several classes.
 *
 * @param width  how far ahead the true class shall be, in units of the scores. Default 1
 * @source Crammer and Singer, JMLR 2 (2001) 265-292
 */
export function margin(scores: Scores, labels: Labels, classes: number, width: number = 1): number {
  checkScores("margin", scores, labels, classes);
  let sum = 0;
  for (let i = 0; i < labels.length; i++) {
    let best = -Infinity;
    for (let c = 0; c < classes; c++) if (c !== labels[i]) best = Math.max(best, scores[i * classes + c]!); // Math.max hands NaN on
    sum += Math.max(0, width + best - scores[i * classes + labels[i]!]!);
  }
  return sum / labels.length;
}
