/** `relizo journal`: what is in the journal of a run, whether it is whole, and the run at any of its rounds. */
import { Command } from "commander";
import { figure } from "../apps/report/figure.ts";
import { readJournal, verifyJournal } from "../src/journal/index.ts";
import { exportCommand } from "./journal-export.ts";
import { journalBytes } from "./journal-file.ts";
import { replayCommand } from "./journal-replay.ts";
import { type Summary, summary } from "./journal-summary.ts";
import { columns } from "./text.ts";

export function journalCommand(): Command {
  return new Command("journal")
    .description("look into the journal of a run, check it, or go back to any of its rounds")
    .addCommand(showCommand())
    .addCommand(verifyCommand())
    .addCommand(replayCommand())
    .addCommand(exportCommand());
}

function showCommand(): Command {
  return new Command("show")
    .description("print what the run is, its rounds with their values, and how the file ends")
    .argument("<file>", "the journal; whoever writes to it is not disturbed")
    .option(
      "--json",
      "print JSON: { file, state, said, bytes, header, queries, failed, best, trajectory, notes, rounds }",
    )
    .action(show);
}

async function show(file: string, { json }: { readonly json?: boolean }): Promise<void> {
  const contents = readJournal(await journalBytes(file), file);
  const found = summary(file, contents);
  console.log(json ? JSON.stringify(found) : text(found));
}

/** Rounds of which the table has a row each; of more, some evenly spread. */
const ROWS = 24;

function text({ header, said, bytes, rounds, queries, failed, best, trajectory, notes }: Summary): string {
  const facts = header && [
    ["run", `${header.run}, begun by relizo ${header.relizo}`],
    [
      "method",
      `${header.method} ${header.settings === null ? "(its options are not known)" : JSON.stringify(header.settings)}`,
    ],
    ["seed", String(header.seed)],
    ["x", `d = ${header.dimension}, ${header.space}; sha256 of x0 ${header.start}`],
    ["bounds", header.bounds === null ? "none" : `sha256 ${header.bounds}`],
    ["queries", `${queries} in ${rounds.length} rounds, ${failed} failed; ${bytes} bytes`],
    ["trajectory", trajectory],
  ];
  const every = Math.ceil(rounds.length / ROWS);
  const rows = rounds.flatMap(({ batch, values, best: so }, i) =>
    (i + 1) % every === 0 || i === rounds.length - 1
      ? [[String(i), String(batch), String(values.length), shown(least(values)), shown(so)]]
      : [],
  );
  return [
    said,
    ...(facts ?? []).map(([key, value]) => `${key!.padEnd(12)}${value}`),
    ...(rows.length > 0 ? ["", columns(["round", "minibatch", "values", "least", "best so far"], rows)] : []),
    ...(best ? ["", `best value ${best.value}, in round ${best.round}`] : []),
    ...notes.map((note) => `${note.kind}: ${note.text}`),
  ].join("\n");
}

function least(values: readonly (number | null)[]): number | null {
  return values.reduce((low, value) => (low === null || (value !== null && value < low) ? value : low), null);
}

const shown = (value: number | null): string => (value === null ? "none" : figure(value));

function verifyCommand(): Command {
  return new Command("verify")
    .description(
      "check every record; the exit code is 0 where the journal is whole, 1 where it is torn or damaged",
    )
    .argument("<file>", "the journal")
    .option("--json", "print JSON: { file, state, records, end, said }")
    .action(async (file: string, { json }: { readonly json?: boolean }) => {
      const { tail, records, end, said } = verifyJournal(await journalBytes(file), file);
      const { state } = tail;
      console.log(json ? JSON.stringify({ file, state, records, end, said }) : said);
      if (state === "torn" && !json)
        console.log("A run that is resumed from it cuts that off, and loses none of the whole rounds.");
      if (state !== "whole") process.exitCode = 1;
    });
}
