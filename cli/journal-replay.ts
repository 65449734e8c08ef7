/** `relizo journal replay`: the run as it was after any of its rounds. */
import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import {
  type Replayed,
  type ReplayedInPlace,
  type ReplayInPlaceOptions,
  readJournal,
  replayJournal,
  replayJournalInPlace,
} from "../src/journal/index.ts";
import { encodeSafetensors, Parameters } from "../src/parameters/index.ts";
import { journalBytes } from "./journal-file.ts";
import { startOf } from "./minimize/start.ts";
import { named } from "./named-parameters.ts";
import { readyFor } from "./out-folder.ts";
import { make } from "./run-one.ts";
import { methodNamed, number, parseSettings, wrong } from "./settings.ts";
import { afterwards } from "./text.ts";

export interface ReplayChoice {
  readonly at?: number;
  readonly set?: readonly string[];
  readonly iterate?: boolean;
  readonly lower?: number;
  readonly upper?: number;
}

interface Options extends ReplayChoice {
  readonly objective?: string;
  readonly x0?: string;
  readonly out?: string;
  readonly json?: boolean;
}

const HELP = [
  "The journal has the values, and of x0 and the bounds their hashes only: they come from the module of the objective, or from the " +
    "command line, and are refused where they are not those of the run. Nothing is asked.",
  "--json prints { rounds, queries, steps, value, best, hash: { trajectory, x, iterate } }: value is f at the iterate as last known, best " +
    "the best value so far, x where that was asked; of parameters that move in place, x is the iterate, and best is null.",
];

export function replayCommand(): Command {
  return withReplay(new Command("replay"))
    .description("go back to the run after any of its rounds")
    .option("--objective <module>", "the module of the run: its x0 and bounds, or its parameters")
    .option("--x0 <numbers>", "where the run started: 1,2,3 or a file with a JSON array")
    .option(
      "--out <file>",
      "write x there: { x } in JSON, every bit; float32 in safetensors to .safetensors, and of parameters",
    )
    .option("--json", "print JSON")
    .addHelpText("after", HELP.map(afterwards).join("\n"))
    .action(replay);
}

const finite = (flag: string) => number(flag, -Number.MAX_VALUE, false, Number.MAX_VALUE);

/** What `replay` and `export` take alike. */
export function withReplay(command: Command): Command {
  return command
    .argument("<file>", "the journal")
    .option("--at <n>", "after so many rounds, 0 or more (default: all of them)", number("--at", 0))
    .option("--set <key=value...>", "options of the method, for a journal that does not have them")
    .option("--lower <x>", "the run's least value of every coordinate", finite("--lower"))
    .option("--upper <x>", "the run's largest value of every coordinate", finite("--upper"))
    .option("--iterate", "write the iterate, not the best point asked");
}

async function replay(file: string, options: Options): Promise<void> {
  const { out } = options;
  if (out !== undefined) await readyFor("--out", out);
  const bytes = await journalBytes(file);
  const start = await startOf(options.objective, options);
  if ("parameters" in start) {
    const { parameters } = start;
    const found = await replayJournalInPlace(bytes, parameters, replayOptions(file, bytes, options));
    if (out !== undefined) await writeFile(out, encodeSafetensors(named(parameters)));
    say(found, undefined, options);
    return;
  }
  const { x0, bounds } = start;
  const found = await replayJournal(bytes, x0, { ...replayOptions(file, bytes, options), bounds });
  if (out !== undefined) await writeFile(out, encoded(out, chosen(found, options)));
  say(found, found.state.best.value, options);
}

function say(
  { rounds, queries, steps, value: at, hashes: hash }: ReplayedInPlace & { hashes: { iterate?: string } },
  bestValue: number | undefined,
  { json }: Options,
): void {
  const [value, best] = [at, bestValue].map((one) => (Number.isFinite(one) ? one : null));
  if (json) {
    console.log(JSON.stringify({ rounds, queries, steps, value, best, hash }));
    return;
  }
  const rows = [
    ["after", `${rounds} rounds, ${queries} queries, ${steps} steps`],
    [
      "f",
      `${value ?? "not known"} at the iterate${bestValue === undefined ? "" : `, ${best ?? "not known"} at best`}`,
    ],
    ["x", `sha256 ${hash.x}`],
    ...(hash.iterate === undefined ? [] : [["iterate", `sha256 ${hash.iterate}`]]),
    ["trajectory", hash.trajectory],
  ];
  console.log(rows.map(([key, text]) => `${key!.padEnd(12)}${text}`).join("\n"));
}

/** The method as the journal has it, or else as the command line says. */
export function replayOptions(
  file: string,
  bytes: Uint8Array,
  { at, set }: ReplayChoice,
): ReplayInPlaceOptions {
  const { header, tail, said } = readJournal(bytes, file);
  if (tail.state === "torn") console.error(said);
  if (set !== undefined && header?.settings)
    throw wrong(`${file} has the options of its method; leave --set out.`);
  const name = set && header && methodNamed(header.method);
  return { name: file, at, method: name && make(name, parseSettings(name, set)) };
}

export function chosen({ x, iterate }: Replayed, options: ReplayChoice): Float64Array {
  return options.iterate ? iterate : x;
}

function encoded(path: string, x: Float64Array): string | Uint8Array {
  if (!path.endsWith(".safetensors")) return `${JSON.stringify({ x: [...x] })}\n`;
  return encodeSafetensors(Parameters.from({ x: Float32Array.from(x) }));
}
