/** The examples of `relizo finetune`: what trains, what is held out, what is tested in the end. */
import { type Dataset, readExamples, split, subset } from "../../apps/finetune/index.ts";
import { loadTable } from "../../apps/finetune/node.ts";
import type { Flags } from "./flags.ts";

export interface Examples {
  readonly train: Dataset;
  readonly validation: Dataset;
  readonly test: Dataset | undefined;
}

/** Of what there is, held out unless a file is named; at most so many. */
const HELD = 0.2;
const MOST_HELD = 500;

/**
 * @param labelled  whether examples have classes
 * @throws RelizoError DATA for files that cannot be read and columns that are not there
 */
export function examplesOf(flags: Flags, labelled: boolean): Examples {
  const { seed, trainSize, validationSize } = flags;
  const all = read(flags.data, flags, labelled);
  const classes = labelled ? { classes: all.classes } : {};
  const other = (path: string): Dataset => read(path, flags, labelled, classes);
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

function read(
  path: string,
  { label }: Flags,
  labelled: boolean,
  own: { readonly classes?: readonly string[] } = {},
): Dataset {
  return readExamples(loadTable(path), labelled ? { label, ...own } : {});
}
