/** Classification of images: numbers in, one logit for each class out. */
import type { LabelledImages } from "../../attack/images.ts";
import { need } from "../check.ts";
import type { ClassLossName } from "../loss/index.ts";
import type { ClassLoss } from "../loss/scores.ts";
import { type ClassPrediction, classTask, labelsOf } from "./class-task.ts";
import type { Task } from "./task.ts";

export interface ImageExample {
  /** channels * height * width numbers, plane after plane, row after row: a `Uint8Array` of bytes, or any other. */
  readonly pixels: ArrayLike<number>;
  readonly label: number | undefined;
}

export interface ImageOptions {
  /** The model's input. */
  readonly input: string;
  readonly shape: { readonly channels: number; readonly height: number; readonly width: number };
  /** Names of the classes, in the order of logits. */
  readonly classes: readonly string[];
  /** What a pixel is multiplied with first. Default 1; 1/255 makes bytes numbers from 0 to 1. */
  readonly scale?: number;
  /** Taken off each channel after that. Default 0. */
  readonly mean?: readonly number[];
  /** Each channel is divided by it in the end. Default 1. */
  readonly deviation?: readonly number[];
  /** Default `cross-entropy`. */
  readonly loss?: ClassLossName | ClassLoss;
}

/** The pictures of a labelled set as examples; their pixels are views, not copies. */
export function imageExamples({ shape, pixels, labels }: LabelledImages): ImageExample[] {
  const d = shape.channels * shape.height * shape.width;
  return labels.map((label, i) => ({ pixels: pixels.subarray(i * d, (i + 1) * d), label }));
}

/** Logits are [images x classes]. */
export function imageTask(options: ImageOptions): Task<ImageExample, ClassPrediction> {
  const { input, shape, classes, scale = 1, loss = "cross-entropy" } = options;
  const where = "imageTask";
  const { channels, height, width } = shape;
  const { mean = new Array<number>(channels).fill(0), deviation = new Array<number>(channels).fill(1) } =
    options;
  for (const [name, values] of Object.entries({ mean, deviation }))
    need(
      values.length === channels,
      "SHAPE",
      `${where}: ${name} must have ${channels} numbers, one a channel`,
      values.length,
    );
  const plane = height * width;
  const d = channels * plane;
  return classTask<ImageExample>({
    name: where,
    classes,
    loss,
    encode(examples) {
      const data = new Float32Array(examples.length * d);
      examples.forEach(({ pixels }, i) => {
        need(
          pixels.length === d,
          "SHAPE",
          `${where}: image ${i} must have ${channels} x ${height} x ${width} pixels`,
          pixels.length,
        );
        for (let j = 0; j < d; j++) {
          const channel = Math.floor(j / plane);
          data[i * d + j] = (pixels[j]! * scale - mean[channel]!) / deviation[channel]!;
        }
      });
      return {
        size: examples.length,
        feeds: { [input]: { data, dims: [examples.length, channels, height, width] } },
        rows: new BigInt64Array(0),
        rowCounts: new Int32Array(examples.length).fill(1),
        targets: labelsOf(examples),
        tokens: 0,
        front: 0,
      };
    },
    scores(batch, logits) {
      need(
        logits.length === batch.size * classes.length,
        "SHAPE",
        `${where}: ${batch.size} x ${classes.length} logits are needed`,
        logits.length,
      );
      return Float64Array.from(logits);
    },
  });
}
