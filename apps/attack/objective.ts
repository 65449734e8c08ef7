/** What the attack minimizes: how sure the classifier still is of the true labels, and how far the pictures were moved. */
import type { BatchObjective } from "../../src/index.ts";
import { type Classifier, predictions, scoresOf } from "./classifier.ts";

export interface LossOptions {
  /** Weight of the margins. */
  readonly lambda: number;
  /** A margin counts down to -kappa: how sure of a wrong class the classifier shall be, in log-probability. */
  readonly kappa: number;
}

/** Clean pictures, n * d numbers in [-0.5, 0.5], and their n true labels. */
export interface Victims {
  readonly pixels: Float32Array;
  readonly labels: readonly number[];
}

/** What one perturbation does to all pictures. */
export interface Effect {
  /** lambda mean(margin) + |delta|^2. */
  readonly loss: number;
  /** Part of the pictures that are classified, and no longer as labelled. */
  readonly success: number;
  /** The class of each picture as attacked; -1 where the classifier answers NaN. */
  readonly predicted: readonly number[];
}

/**
 * max(log p_t - max over j != t of log p_j, -kappa): positive while the true class t leads. Logits serve as well as
 * log-probabilities, for what they differ by is the same for all classes.
 */
export function margin(scores: Float32Array, label: number, kappa: number): number {
  let other = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < scores.length; j++) if (j !== label) other = Math.max(other, scores[j] ?? Number.NaN);
  return Math.max((scores[label] ?? Number.NaN) - other, -kappa);
}

/** |delta|^2. */
export function squareNorm(delta: Float64Array): number {
  return delta.reduce((sum, value) => sum + value * value, 0);
}

/** Writes clean + delta, clipped to valid pictures, for the pictures chosen, one after the other. */
function attack(
  out: Float32Array,
  { pixels }: Victims,
  chosen: readonly number[],
  delta: Float64Array,
): void {
  const d = delta.length;
  chosen.forEach((index, row) => {
    const from = index * d;
    const to = row * d;
    for (let j = 0; j < d; j++)
      out[to + j] = Math.min(Math.max((pixels[from + j] ?? 0) + (delta[j] ?? 0), -0.5), 0.5);
  });
}

/** The attacked picture with this number: C x H x W in [-0.5, 0.5]. */
export function attackedPicture(victims: Victims, index: number, delta: Float64Array): Float32Array {
  const out = new Float32Array(delta.length);
  attack(out, victims, [index], delta);
  return out;
}

/** Candidates whose pictures are held at once; a method that asks for thousands is answered in parts. */
const TOGETHER = 64;

/**
 * The loss of candidates on the minibatch of the step: all candidates and pictures in one run of the model.
 *
 * @param minibatch  the pictures of a minibatch, as numbers into the victims
 */
export function attackObjective(
  classifier: Classifier,
  victims: Victims,
  minibatch: (batch: number) => readonly number[],
  loss: LossOptions,
): BatchObjective {
  let buffer = new Float32Array(0);
  return async (points, { batch, signal }) => {
    const chosen = minibatch(batch);
    const labels = chosen.map((index) => victims.labels[index] ?? 0);
    const values: number[] = [];
    for (let begin = 0; begin < points.length; begin += TOGETHER) {
      signal.throwIfAborted();
      const some = points.slice(begin, begin + TOGETHER);
      const size = chosen.length * (some[0]?.length ?? 0);
      if (buffer.length < some.length * size) buffer = new Float32Array(some.length * size);
      some.forEach((delta, i) => {
        attack(buffer.subarray(i * size, (i + 1) * size), victims, chosen, delta);
      });
      const scores = await scoresOf(
        classifier,
        buffer.subarray(0, some.length * size),
        some.length * chosen.length,
      );
      const each = scores.length / some.length;
      some.forEach((delta, i) => {
        values.push(meanMargin(scores.subarray(i * each, (i + 1) * each), labels, loss) + squareNorm(delta));
      });
    }
    return values;
  };
}

/** What a perturbation does to all pictures. Not a query of any method: it is for whoever watches. */
export async function effectOf(
  classifier: Classifier,
  victims: Victims,
  delta: Float64Array,
  loss: LossOptions,
): Promise<Effect> {
  const { labels } = victims;
  const pixels = new Float32Array(labels.length * delta.length);
  attack(pixels, victims, [...labels.keys()], delta);
  const scores = await scoresOf(classifier, pixels, labels.length);
  const predicted = predictions(scores, classifier.classes);
  const fooled = predicted.filter((prediction, i) => prediction !== -1 && prediction !== labels[i]).length;
  return {
    loss: meanMargin(scores, labels, loss) + squareNorm(delta),
    success: fooled / labels.length,
    predicted,
  };
}

/** lambda times the mean margin of the pictures whose scores these are, a row for each label. */
function meanMargin(scores: Float32Array, labels: readonly number[], { lambda, kappa }: LossOptions): number {
  const classes = scores.length / labels.length;
  const margins = labels.map((label, i) =>
    margin(scores.subarray(i * classes, (i + 1) * classes), label, kappa),
  );
  return (lambda * margins.reduce((sum, value) => sum + value, 0)) / labels.length;
}
