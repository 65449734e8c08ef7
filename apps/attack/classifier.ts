/** What the attack asks of its victim: scores for pictures, and nothing about how they come about. */
import { RelizoError } from "../../src/index.ts";
import { describeShape, type LabelledImages, type PictureShape, pixelsIn } from "./images.ts";

/** A black box that classifies pictures. `loadClassifier` makes one of an ONNX file; any other will do. */
export interface Classifier {
  readonly name: string;
  readonly shape: PictureShape;
  /** How many classes it tells apart. */
  readonly classes: number;
  /**
   * @param pixels  count * C * H * W numbers in [-0.5, 0.5], picture after picture; not kept
   * @returns count * classes scores of which only differences within a picture count: logits or log-probabilities. The
   *   array may be overwritten by the next call
   */
  scores(pixels: Float32Array, count: number): Promise<Float32Array>;
}

/** Bytes as the attack sees them: 0 is -0.5, 255 is 0.5. */
export function toPixels(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (byte) => byte / 255 - 0.5);
}

/**
 * The classifier's answer, which is whole: one that is too short would be taken for fewer pictures.
 *
 * @throws RelizoError SHAPE for anything but a Float32Array of count * classes scores
 */
export async function scoresOf(
  classifier: Classifier,
  pixels: Float32Array,
  count: number,
): Promise<Float32Array> {
  const scores: unknown = await classifier.scores(pixels, count);
  const wanted = count * classifier.classes;
  if (scores instanceof Float32Array && scores.length === wanted) return scores;
  const came = scores instanceof Float32Array ? `a Float32Array of ${scores.length}` : typeof scores;
  throw new RelizoError(
    "SHAPE",
    `${classifier.name} answered ${count} pictures with ${came}; a Float32Array of ${count} * ${classifier.classes} scores is needed.`,
  );
}

/** The class of highest score for each row of `classes` scores; -1 where one of them is NaN. */
export function predictions(scores: Float32Array, classes: number): readonly number[] {
  return Array.from({ length: scores.length / classes }, (_, i) => {
    const row = scores.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(row.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY));
  });
}

/** Pictures that are looked at together when there is no hurry. */
const TOGETHER = 100;

/**
 * The first `count` pictures that the classifier gets right, as numbers into the set.
 *
 * @returns also how many it had to look at
 * @throws RelizoError SHAPE when the pictures are of another size; VALUE for a label out of range, or none right
 */
export async function correctOnes(
  classifier: Classifier,
  images: LabelledImages,
  count: number,
): Promise<{ readonly indices: readonly number[]; readonly seen: number }> {
  checkFit(classifier, images);
  const d = pixelsIn(images.shape);
  const total = images.labels.length;
  const indices: number[] = [];
  let seen = 0;
  let unclassified = 0;
  while (seen < total && indices.length < count) {
    const some = Math.min(TOGETHER, total - seen);
    const pixels = toPixels(images.pixels.subarray(seen * d, (seen + some) * d));
    const found = predictions(await scoresOf(classifier, pixels, some), classifier.classes);
    for (const prediction of found) {
      if (indices.length === count) break;
      if (prediction === images.labels[seen]) indices.push(seen);
      if (prediction === -1) unclassified++;
      seen++;
    }
  }
  if (indices.length > 0) return { indices, seen };
  if (unclassified === total)
    throw new RelizoError("VALUE", `${classifier.name} answers NaN to each of the ${total} pictures.`);
  throw new RelizoError(
    "VALUE",
    `${classifier.name} gets none of the ${total} pictures right, so there is nothing to attack; check the labels, the normalization (--mean, --std) and the order of the planes.`,
  );
}

function checkFit({ name, shape, classes }: Classifier, images: LabelledImages): void {
  if (describeShape(shape) !== describeShape(images.shape))
    throw new RelizoError(
      "SHAPE",
      `${name} takes pictures of ${describeShape(shape)}, these are ${describeShape(images.shape)}.`,
    );
  const { labels, pixels } = images;
  if (labels.length === 0 || pixels.length !== labels.length * pixelsIn(shape))
    throw new RelizoError(
      "SHAPE",
      `${labels.length} labels came with ${pixels.length} bytes of pixels; every picture of ${describeShape(shape)} needs one label.`,
    );
  const bad = labels.findIndex((label) => !(Number.isInteger(label) && label >= 0 && label < classes));
  if (bad !== -1)
    throw new RelizoError(
      "VALUE",
      `label ${labels[bad]} of picture ${bad} is out of range: ${name} has ${classes} classes, numbered from 0 to ${classes - 1}.`,
    );
}
