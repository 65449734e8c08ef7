/** The losses by name, for options and the command line; a function of the user's stands beside them. */
import { RelizoError } from "../../../src/index.ts";
import { list, show } from "../check.ts";
import { errorRate } from "./accuracy.ts";
import { bleu, type Sequence } from "./bleu.ts";
import { crossEntropy } from "./cross-entropy.ts";
import { editRate } from "./edit-distance.ts";
import { binaryF1Loss, macroF1Loss } from "./f1.ts";
import { margin } from "./margin.ts";
import type { ClassLoss } from "./scores.ts";

export type ClassLossName = "cross-entropy" | "margin" | "accuracy" | "f1" | "binary-f1";

/** Losses over the scores of classes. */
export const CLASS_LOSSES: Readonly<Record<ClassLossName, ClassLoss>> = {
  "cross-entropy": crossEntropy,
  margin: (scores, labels, classes) => margin(scores, labels, classes),
  accuracy: errorRate,
  f1: macroF1Loss,
  "binary-f1": binaryF1Loss,
};

/**
 * A loss over predicted sequences, smaller is better.
 *
 * @param predicted  token numbers, one sequence an example
 * @param wanted     as many
 */
export type SequenceLoss = (predicted: readonly Sequence[], wanted: readonly Sequence[]) => number;

export type SequenceLossName = "bleu" | "edit-distance";

/** Losses over predicted token sequences; BLEU is smoothed by `add-one`, as short texts need it. */
export const SEQUENCE_LOSSES: Readonly<Record<SequenceLossName, SequenceLoss>> = {
  bleu: (predicted, wanted) => {
    const references = wanted.map((one) => [one]);
    return 1 - bleu(predicted, references, { smoothing: "add-one" });
  },
  "edit-distance": editRate,
};

/** @throws RelizoError OPTION that lists the losses there are */
export function classLoss(loss: ClassLossName | ClassLoss): ClassLoss {
  return typeof loss === "function" ? loss : named(CLASS_LOSSES, loss);
}

/** @throws RelizoError OPTION that lists the losses there are */
export function sequenceLoss(loss: SequenceLossName | SequenceLoss): SequenceLoss {
  return typeof loss === "function" ? loss : named(SEQUENCE_LOSSES, loss);
}

function named<T>(losses: Readonly<Record<string, T>>, name: string): T {
  const found = Object.hasOwn(losses, name) ? losses[name] : undefined;
  if (found !== undefined) return found;
  throw new RelizoError(
    "OPTION",
    `the loss must be one of ${list(Object.keys(losses))}, or a function; got ${show(name)}.`,
  );
}
