/** `relizo journal export`: the weights that a run ended with, or had at any of its rounds, from those it began with. */
import { open, readFile } from "node:fs/promises";
import { Command } from "commander";
import { startOfRun } from "../apps/finetune/index.ts";
import { RelizoError } from "../src/index.ts";
import {
  type Replayed,
  type ReplayInPlaceOptions,
  readJournal,
  replayJournal,
  replayJournalInPlace,
} from "../src/journal/index.ts";
import { openNodeSession } from "../src/onnx/session/node.ts";
import { type Parameters, readSafetensors, writeSafetensors } from "../src/parameters/index.ts";
import { modelOf } from "./finetune/model.ts";
import { journalBytes } from "./journal-file.ts";
import { chosen, type ReplayChoice, replayOptions, withReplay } from "./journal-replay.ts";
import { readyFor } from "./out-folder.ts";
import { wrong } from "./settings.ts";
import { afterwards } from "./text.ts";

interface Options extends ReplayChoice {
  readonly base?: string;
  readonly model?: string;
  readonly out: string;
  readonly select?: readonly string[];
}

const HELP = [
  "x of the run are the numbers of the base's tensors, in the order of their names; with --select those of some tensors, and the others are " +
    "copied. For a run whose parameters moved in place, they are those. The base must be what the run began with: its hash is in the journal. Weights are written as float32.",
];

export function exportCommand(): Command {
  return withReplay(new Command("export"))
    .description("replay the journal onto base weights and write the new ones as safetensors")
    .option("--base <file>", "the weights that the run began with, in safetensors")
    .option(
      "--model <path>",
      "of a fine-tune: the model that it began with, as `relizo finetune` was given it",
    )
    .requiredOption("--out <file>", "where the new weights go")
    .option(
      "--select <patterns...>",
      "names of the tensors that the run moved, * and ** stand for any (default: all)",
    )
    .addHelpText("after", HELP.map(afterwards).join("\n"))
    .action(exportWeights);
}

async function exportWeights(file: string, options: Options): Promise<void> {
  const { out, select } = options;
  await readyFor("--out", out);
  const bytes = await journalBytes(file);
  const { all, from } = await startIn(file, bytes, options);
  if (select) all.freeze().unfreeze(select);
  const { arrays } = all;
  const { header } = readJournal(bytes, file);
  const count = arrays.reduce((sum, { length }) => sum + length, 0);
  if (header && header.dimension !== count)
    throw new RelizoError(
      "DATA",
      `relizo: the run has d = ${header.dimension}, and the tensors of ${from} hold ${count} numbers; --select says which of them it moved.`,
    );
  const own = replayOptions(file, bytes, options);
  const { rounds, hashes } =
    header && header.space !== "dense"
      ? await replayJournalInPlace(bytes, all, own)
      : await dense(bytes, arrays, count, own, options);
  const metadata = { relizo_trajectory: hashes.trajectory, relizo_rounds: String(rounds) };
  const target = await open(out, "w");
  try {
    await writeSafetensors(target, all, { metadata });
  } finally {
    await target.close();
  }
  console.log(
    `${out}: ${arrays.length} of ${all.names.length} tensors, ${count} numbers, after ${rounds} rounds; sha256 of x ${hashes.x}`,
  );
}

/** x is the numbers of all arrays, one after the other; they are put back there. */
async function dense(
  bytes: Uint8Array,
  arrays: readonly Float32Array[],
  count: number,
  own: ReplayInPlaceOptions,
  options: Options,
): Promise<Replayed> {
  const { lower, upper } = options;
  const limits = { ...(lower !== undefined && { lower }), ...(upper !== undefined && { upper }) };
  const bounds = lower === undefined && upper === undefined ? undefined : limits;
  const x0 = new Float64Array(count);
  arrays.reduce((at, array) => {
    x0.set(array, at);
    return at + array.length;
  }, 0);
  const found = await replayJournal(bytes, x0, { ...own, bounds });
  const x = chosen(found, options);
  arrays.reduce((at, array) => {
    array.set(x.subarray(at, at + array.length));
    return at + array.length;
  }, 0);
  return found;
}

async function startIn(
  file: string,
  bytes: Uint8Array,
  { base, model }: Options,
): Promise<{ readonly all: Parameters; readonly from: string }> {
  if ((base === undefined) === (model === undefined))
    throw wrong(
      "--base, the weights that the run began with, or --model, the model of a fine-tune, is needed: one of them.",
    );
  if (base !== undefined) return { all: await baseOf(base), from: base };
  const path = model ?? "";
  const { notes } = readJournal(bytes, file);
  const loaded = await modelOf(path);
  const { parameters } = await startOfRun(loaded.model, (cut) => openNodeSession(cut), notes, file);
  return { all: parameters, from: path };
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
