/** `relizo journal export`: the weights that a run ended with, or had at any of its rounds, from those it began with. */
import { open, readFile } from "node:fs/promises";
import { Command } from "commander";
import { RelizoError } from "../src/index.ts";
import { readJournal } from "../src/journal/index.ts";
import { type Parameters, readSafetensors, writeSafetensors } from "../src/parameters/index.ts";
import { journalBytes } from "./journal-file.ts";
import { chosen, type ReplayChoice, replayed, withReplay } from "./journal-replay.ts";
import { readyFor } from "./out-folder.ts";
import { afterwards } from "./text.ts";

interface Options extends ReplayChoice {
  readonly base: string;
  readonly out: string;
  readonly select?: readonly string[];
}

const HELP = [
  "x of the run are the numbers of the base's tensors, in the order of their names; with --select those of some tensors, and the others are " +
    "copied. The base must be what the run began with: its hash is in the journal. Weights are written as float32.",
];

export function exportCommand(): Command {
  return withReplay(new Command("export"))
    .description("replay the journal onto base weights and write the new ones as safetensors")
    .requiredOption("--base <file>", "the weights that the run began with, in safetensors")
    .requiredOption("--out <file>", "where the new weights go")
    .option(
      "--select <patterns...>",
      "names of the tensors that the run moved, * and ** stand for any (default: all)",
    )
    .addHelpText("after", HELP.map(afterwards).join("\n"))
    .action(exportWeights);
}

async function exportWeights(file: string, options: Options): Promise<void> {
  await readyFor("--out", options.out);
  const bytes = await journalBytes(file);
  const all = await baseOf(options.base);
  const moved = options.select ? all.select(options.select) : all;
  const { header } = readJournal(bytes, file);
  const count = moved.arrays.reduce((sum, { length }) => sum + length, 0);
  if (header && header.dimension !== count)
    throw new RelizoError(
      "DATA",
      `relizo: the run has d = ${header.dimension}, and the tensors of ${options.base} hold ${count} numbers; --select says which of them it moved.`,
    );
  const { lower, upper } = options;
  const limits = { ...(lower !== undefined && { lower }), ...(upper !== undefined && { upper }) };
  const bounds = lower === undefined && upper === undefined ? undefined : limits;
  const found = await replayed(file, bytes, packed(moved, count), bounds, options);
  unpack(chosen(found, options), moved);
  const metadata = { relizo_trajectory: found.hashes.trajectory, relizo_rounds: String(found.rounds) };
  const out = await open(options.out, "w");
  try {
    await writeSafetensors(out, all, { metadata });
  } finally {
    await out.close();
  }
  console.log(
    `${options.out}: ${moved.names.length} of ${all.names.length} tensors, ${count} numbers, after ${found.rounds} rounds; sha256 of x ${found.hashes.x}`,
  );
}

async function baseOf(path: string): Promise<Parameters> {
  try {
    return (await readSafetensors(await readFile(path))).parameters;
  } catch (error) {
    if (error instanceof RelizoError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new RelizoError("DATA", `relizo: the weights ${path} cannot be read: ${why}.`);
  }
}

/** The numbers of all arrays, one after the other. */
function packed({ arrays }: Parameters, count: number): Float64Array {
  const x = new Float64Array(count);
  let at = 0;
  for (const array of arrays) {
    x.set(array, at);
    at += array.length;
  }
  return x;
}

function unpack(x: Float64Array, { arrays }: Parameters): void {
  let at = 0;
  for (const array of arrays) {
    array.set(x.subarray(at, at + array.length));
    at += array.length;
  }
}
