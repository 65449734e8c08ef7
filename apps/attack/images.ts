/** Labelled pictures as bytes, and the file format of CIFAR-10 that holds many of them. */
import { readFileSync } from "node:fs";
import { RelizoError } from "../../src/index.ts";

/** The size of every picture of a set: planes, rows, columns. */
export interface PictureShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** n pictures of one size with a label each. */
export interface LabelledImages {
  readonly shape: PictureShape;
  /** n * channels * height * width bytes, picture after picture, plane after plane, row after row. */
  readonly pixels: Uint8Array;
  /** n class numbers, from 0. */
  readonly labels: readonly number[];
}

/** Numbers in one picture: d of the attack. */
export function pixelsIn({ channels, height, width }: PictureShape): number {
  return channels * height * width;
}

export function describeShape({ channels, height, width }: PictureShape): string {
  return `${channels} x ${height} x ${width}`;
}

/** The pictures with these numbers, in this order. */
export function pick(images: LabelledImages, indices: readonly number[]): LabelledImages {
  const d = pixelsIn(images.shape);
  const pixels = new Uint8Array(indices.length * d);
  indices.forEach((index, i) => {
    pixels.set(images.pixels.subarray(index * d, (index + 1) * d), i * d);
  });
  return { shape: images.shape, pixels, labels: indices.map((index) => images.labels[index] ?? Number.NaN) };
}

/**
 * Reads records of the CIFAR-10 binary version: one label byte, then the planes, each row by row; no header.
 *
 * @throws RelizoError DATA when the file cannot be read or does not hold whole records of this size
 */
export function readRecords(path: string, shape: PictureShape): LabelledImages {
  const bytes = readBytes(path, "an image file");
  const d = pixelsIn(shape);
  const count = bytes.length / (d + 1);
  if (!Number.isInteger(count) || count === 0)
    throw new RelizoError(
      "DATA",
      `"${path}" has ${bytes.length} bytes, which is no whole number of records of 1 label byte and ${describeShape(shape)} = ${d} pixel bytes; give the model that takes the size of these images, or a folder of PNG files.`,
    );
  const pixels = new Uint8Array(count * d);
  const labels: number[] = [];
  for (let i = 0; i < count; i++) {
    const begin = i * (d + 1);
    labels.push(bytes[begin] ?? Number.NaN);
    pixels.set(bytes.subarray(begin + 1, begin + 1 + d), i * d);
  }
  return { shape, pixels, labels };
}

/** @throws RelizoError DATA that names the file, what it should be and why it cannot be read */
export function readBytes(path: string, what: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RelizoError("DATA", `"${path}" cannot be read as ${what}: ${why}.`, { cause });
  }
}
