/** One's own pictures: a folder of PNG files, and a text file with their labels. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { decode } from "fast-png";
import { RelizoError } from "../../src/index.ts";
import { describeShape, type LabelledImages, type PictureShape, pixelsIn, readBytes } from "./images.ts";

/**
 * Reads all `*.png` of a folder in the order of their names: 8 bits a sample, gray or RGB; alpha is ignored.
 *
 * @param labelsPath  a text file: one label a line in that order, or one `name label` a line in any order
 * @param shape       what the model takes; a gray file serves a model of three planes, each the same
 * @throws RelizoError DATA for a file that is no such PNG, of another size, or without a label
 */
export function readPngFolder(folder: string, labelsPath: string, shape: PictureShape): LabelledImages {
  const names = pngNames(folder);
  const d = pixelsIn(shape);
  const pixels = new Uint8Array(names.length * d);
  names.forEach((name, i) => {
    pixels.set(readPng(join(folder, name), shape), i * d);
  });
  const text = new TextDecoder().decode(readBytes(labelsPath, "a file of labels"));
  return { shape, pixels, labels: labelsFor(names, text, labelsPath) };
}

function pngNames(folder: string): readonly string[] {
  let entries: readonly string[];
  try {
    entries = readdirSync(folder);
  } catch (cause) {
    throw new RelizoError("DATA", `"${folder}" cannot be read as a folder of PNG files.`, { cause });
  }
  const names = entries.filter((name) => name.toLowerCase().endsWith(".png")).sort();
  if (names.length === 0)
    throw new RelizoError("DATA", `"${folder}" holds no file named *.png; one picture a file is needed.`);
  return names;
}

/** The planes of one file, C x H x W bytes. */
function readPng(path: string, shape: PictureShape): Uint8Array {
  const png = decodeNamed(path);
  const { width, height, data, depth, channels, palette } = png;
  if (depth !== 8 || palette !== undefined)
    throw new RelizoError(
      "DATA",
      `"${path}" is ${palette === undefined ? `${depth} bits a sample` : "a palette image"}; save it as 8 bit gray or RGB.`,
    );
  const colours = channels >= 3 ? 3 : 1;
  const fits =
    width === shape.width && height === shape.height && (colours === shape.channels || colours === 1);
  if (!fits)
    throw new RelizoError(
      "DATA",
      `"${path}" is ${describeShape({ channels: colours, height, width })}, the model takes ${describeShape(shape)}; resize or convert the picture.`,
    );
  const area = width * height;
  const planes = new Uint8Array(pixelsIn(shape));
  for (let c = 0; c < shape.channels; c++)
    for (let i = 0; i < area; i++) planes[c * area + i] = data[i * channels + (colours === 1 ? 0 : c)] ?? 0;
  return planes;
}

function decodeNamed(path: string): ReturnType<typeof decode> {
  const bytes = readBytes(path, "a PNG file");
  try {
    return decode(bytes, { checkCrc: true });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RelizoError("DATA", `"${path}" is no PNG file that can be read: ${why}.`, { cause });
  }
}

function labelsFor(names: readonly string[], text: string, path: string): readonly number[] {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const parsed = lines.map((line, i) => parseLine(line, `${path}:${i + 1}`));
  const named = new Map<string, number>();
  for (const { name, label } of parsed) {
    if (name === undefined) continue;
    if ((named.get(name) ?? label) !== label)
      throw new RelizoError("DATA", `"${path}" gives "${name}" the labels ${named.get(name)} and ${label}.`);
    named.set(name, label);
  }
  if (named.size === 0) {
    if (parsed.length !== names.length)
      throw new RelizoError(
        "DATA",
        `"${path}" has ${parsed.length} labels for ${names.length} pictures; one a line is needed.`,
      );
    checkOrder(names, path);
    return parsed.map(({ label }) => label);
  }
  return names.map((name) => {
    const label = named.get(name);
    if (label === undefined)
      throw new RelizoError("DATA", `"${path}" has no line "${name} <label>"; every picture needs one.`);
    return label;
  });
}

/** 10.png comes before 2.png by name and after it by number: labels without names could mean either. */
function checkOrder(names: readonly string[], path: string): void {
  const byNumber = [...names].sort(new Intl.Collator("en", { numeric: true }).compare);
  const at = names.findIndex(
    (name, i) => /\d/.test(name) && /\d/.test(byNumber[i] ?? "") && name !== byNumber[i],
  );
  if (at === -1) return;
  throw new RelizoError(
    "DATA",
    `"${path}" does not say whose labels these are: by name "${names[at]}" is picture ${at + 1}, by number "${byNumber[at]}" is; give one "name number" a line, or write the numbers with equally many digits.`,
  );
}

function parseLine(line: string, where: string): { readonly name?: string; readonly label: number } {
  const [, name, digits] = /^(?:(.*[^\s,])[\s,]+)?(\d+)$/.exec(line) ?? [];
  if (digits === undefined)
    throw new RelizoError(
      "DATA",
      `${where}: "${line}" is neither a class number nor a file name and a class number.`,
    );
  return name === undefined ? { label: Number(digits) } : { name, label: Number(digits) };
}
