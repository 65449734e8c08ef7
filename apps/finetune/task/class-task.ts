/** What all tasks with classes share: scores of classes to a loss, a prediction, and figures. */
import { list, need } from "../check.ts";
import { accuracyOf, countRight } from "../loss/accuracy.ts";
import { binaryF1, f1, macroF1 } from "../loss/f1.ts";
import { CLASS_LOSSES, type ClassLossName, classLoss } from "../loss/index.ts";
import { argmax, type ClassLoss } from "../loss/scores.ts";
import type { Batch, Tally, Task } from "./task.ts";

export interface ClassPrediction {
  /** The class with the best score; -1 where a score is NaN. */
  readonly label: number;
  /** One score a class: mean log-likelihood of its word, or its logit. */
  readonly scores: Float64Array;
}

/** What one task with classes has of its own. */
export interface ClassParts<E> {
  readonly name: string;
  readonly classes: readonly string[];
  readonly loss: ClassLossName | ClassLoss;
  encode(examples: readonly E[]): Batch;
  /**
   * size * classes scores.
   *
   * @param exact  false where a constant added to all scores of an example would change nothing
   */
  scores(batch: Batch, logits: Float32Array, exact: boolean): Float64Array;
}

/** @throws RelizoError OPTION for fewer than two classes, or a loss that is none */
export function classTask<E>(parts: ClassParts<E>): Task<E, ClassPrediction> {
  const { name, classes } = parts;
  need(
    classes.length >= 2 && new Set(classes).size === classes.length,
    "OPTION",
    `${name}: at least two classes of different names are needed`,
    classes.length === 0 ? "none" : [...classes],
  );
  const loss = classLoss(parts.loss);
  need(
    loss !== CLASS_LOSSES["binary-f1"] || classes.length === 2,
    "OPTION",
    `${name}: the loss binary-f1 is for two classes; take f1 for ${list(classes)}`,
    `${classes.length} classes`,
  );
  const exact = !Object.values<ClassLoss>(CLASS_LOSSES).includes(loss); // ours look at differences of scores alone
  return {
    name,
    classes,
    goal: { metric: "accuracy", largest: true },
    encode: (examples) => parts.encode(examples),
    loss: (batch, logits) => loss(parts.scores(batch, logits, exact), batch.targets, classes.length),
    predict(batch, logits) {
      const scores = parts.scores(batch, logits, true);
      return Array.from({ length: batch.size }, (_, i) => {
        const own = scores.slice(i * classes.length, (i + 1) * classes.length);
        return { label: argmax(own, 0, own.length), scores: own };
      });
    },
    tally: () => classTally(parts, loss),
  };
}

/** Keeps all scores, so that losses that are no means, as F1, are those of the whole set. */
function classTally<E>({ name, classes, scores }: ClassParts<E>, loss: ClassLoss): Tally {
  const all: number[] = [];
  const labels: number[] = [];
  return {
    add(batch, logits) {
      for (const score of scores(batch, logits, true)) all.push(score);
      for (const label of batch.targets) labels.push(label);
    },
    result() {
      need(labels.length > 0, "COUNT", `${name}: figures need at least one example`, "none");
      const flat = Float64Array.from(all);
      const predicted = labels.map((_, i) => argmax(flat, i * classes.length, classes.length));
      const counts = countRight(predicted, labels, classes.length);
      const figures = {
        examples: labels.length,
        loss: loss(flat, Int32Array.from(labels), classes.length),
        accuracy: accuracyOf(counts),
        f1: macroF1(counts),
        ...(classes.length === 2 && { binaryF1: binaryF1(counts) }),
      };
      return { figures, classes: counts.map((count, i) => ({ name: classes[i]!, ...count, f1: f1(count) })) };
    },
  };
}

/** The classes of examples, -1 for those that have none. */
export function labelsOf(examples: readonly { readonly label: number | undefined }[]): Int32Array {
  return Int32Array.from(examples, ({ label }) => label ?? -1);
}
