/** The examples of `relizo finetune`: what trains, what is held out, what is tested in the end. */
import { type Dataset, type Labelled, readExamples, split, subset } from "../../apps/finetune/index.ts";
import { loadTable } from "../../apps/finetune/node.ts";
import type { Flags } from "./flags.ts";

export interface Examples<E extends Labelled> {
  readonly train: Dataset<E>;
  readonly validation: Dataset<E>;
  readonly test: Dataset<E> | undefined;
}

/** Reads a file; with classes, its labels are among those. */
export type Read<E extends Labelled> = (path: string, classes?: readonly string[]) => Dataset<E>;

/** Of what there is, held out unless a file is named; at most so many. */
const HELD = 0.2;
const MOST_HELD = 500;

/** @throws RelizoError DATA for files that cannot be read, and where there are too few examples */
export function examplesOf<E extends Labelled>(flags: Flags, read: Read<E>): Examples<E> {
  const { seed, trainSize, validationSize } = flags;
  const all = read(flags.data);
  const other = (path: string): Dataset<E> => (all.classes.length > 0 ? read(path, all.classes) : read(path));
  const test = flags.test === undefined ? undefined : other(flags.test);
  if (flags.validation !== undefined) {
    const train = trainSize === undefined ? all : subset(all, trainSize, { seed });
    const held = other(flags.validation);
    const validation = validationSize === undefined ? held : subset(held, validationSize, { seed });
    return { train, validation, test };
  }
  const total = all.examples.length;
  const heldOut = validationSize ?? Math.min(MOST_HELD, Math.floor(HELD * total));
  const sizes = [trainSize ?? total - heldOut, heldOut].filter((size) => size > 0);
  const [train = all, validation = { ...all, examples: [] }] = split(all, sizes, { seed });
  return { train, validation, test };
}

/** Texts from a table, with their classes or without. */
export function readTexts(
  { label }: Flags,
  labelled: boolean,
): Read<ReturnType<typeof readExamples>["examples"][number]> {
  return (path, classes) =>
    readExamples(loadTable(path), labelled ? { label, ...(classes && { classes }) } : {});
}
