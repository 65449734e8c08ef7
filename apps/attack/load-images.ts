/** Pictures from wherever the user has them. */
import { statSync } from "node:fs";
import { RelizoError } from "../../src/index.ts";
import { type LabelledImages, type PictureShape, readBytes, readRecords } from "./images.ts";
import { readPngFolder } from "./png-folder.ts";

/**
 * Loads labelled pictures: a folder of PNG files with a file of labels, or one file of CIFAR-10 binary records, which hold
 * their labels.
 *
 * @param shape   the size the classifier takes
 * @param labels  path of the labels, for a folder
 * @throws RelizoError DATA for what cannot be read or is of another size; OPTION where labels lack, or come twice
 */
export function loadImages(path: string, shape: PictureShape, labels?: string): LabelledImages {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found)
    throw new RelizoError(
      "DATA",
      `"${path}" is not there; a folder of PNG files or a file of records is needed.`,
    );
  const isFolder = found.isDirectory();
  if (isFolder && labels === undefined)
    throw new RelizoError(
      "OPTION",
      `"${path}" is a folder of pictures, whose labels are needed: a text file with one class number a line in the order of the file names, or one "name number" a line.`,
    );
  if (!isFolder && labels !== undefined)
    throw new RelizoError(
      "OPTION",
      `"${path}" is a file of records, which hold their labels; give no other labels with it, or a folder of PNG files.`,
    );
  return labels === undefined ? readRecords(path, shape) : readPngFolder(path, labels, shape);
}

/** CIFAR-10's classes, from 0. */
export const CIFAR10_NAMES: readonly string[] = [
  "airplane",
  "automobile",
  "bird",
  "cat",
  "deer",
  "dog",
  "frog",
  "horse",
  "ship",
  "truck",
];

/**
 * Names of the classes, one a line, from class 0.
 *
 * @throws RelizoError DATA when there are not as many as classes
 */
export function readNames(path: string, classes: number): readonly string[] {
  const lines = new TextDecoder().decode(readBytes(path, "a file of class names")).split(/\r?\n/);
  const names = lines.map((line) => line.trim()).filter((line) => line !== "");
  if (names.length === classes) return names;
  throw new RelizoError(
    "DATA",
    `"${path}" has ${names.length} names for ${classes} classes; one a line is needed.`,
  );
}
