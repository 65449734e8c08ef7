#!/usr/bin/env node
/** The program `relizo`. A command is one file beside this one, and one line in COMMANDS. */
import { existsSync, readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { type ErrorCode, RelizoError } from "../src/index.ts";
import { attackCommand } from "./attack.ts";
import { benchCommand } from "./bench.ts";
import { finetuneCommand } from "./finetune.ts";
import { helpCommand } from "./help.ts";
import { journalCommand } from "./journal.ts";
import { listCommand } from "./list.ts";
import { minimizeCommand } from "./minimize.ts";
import { wrong } from "./settings.ts";
import { afterwards } from "./text.ts";
import { workerCommand } from "./worker.ts";

const EXIT_CODES =
  "Exit codes: 0 done; 1 trouble on the way; 2 a wrong call, or missing data; 130 ended by ctrl-C.";

const COMMANDS: readonly (() => Command)[] = [
  attackCommand,
  benchCommand,
  listCommand,
  finetuneCommand,
  minimizeCommand,
  journalCommand,
  workerCommand,
  helpCommand,
];

/** The version of the package this file belongs to, be it a source or built into dist. */
function version(): string {
  const places = ["../package.json", "../../package.json"].map((path) => new URL(path, import.meta.url));
  const manifest: unknown = JSON.parse(readFileSync(places.find((place) => existsSync(place))!, "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "";
}

function program(): Command {
  const relizo = new Command("relizo")
    .description(
      "Gradient descent for everything you can only run: zeroth-order optimization from values alone.",
    )
    .version(version())
    .helpCommand(false)
    .addHelpText("afterAll", afterwards(EXIT_CODES));
  for (const command of COMMANDS) relizo.addCommand(command());
  for (const command of [relizo, ...inner(relizo)]) {
    command.exitOverride().showHelpAfterError("(--help says what there is)");
    refuseTwice(command);
  }
  return relizo;
}

/** A value given twice is refused, where the later one would silently win; options that collect take as many as come. */
function refuseTwice(command: Command): void {
  for (const option of command.options.filter(({ required, variadic }) => required && !variadic)) {
    let times = 0;
    command.on(`option:${option.name()}`, () => {
      times++;
      if (times > 1) throw wrong(`${option.long} was given twice; it takes one value, give it once.`);
    });
  }
}

function inner(command: Command): Command[] {
  return command.commands.flatMap((one) => [one, ...inner(one)]);
}

/** Codes of what the caller gave: flags, files, pictures that are of another size, labels that are out of range. */
const GIVEN: readonly ErrorCode[] = ["OPTION", "SHAPE", "VALUE", "DATA"];

/** The exit code: 2 where the call itself is at fault, or data that it needs is missing; 1 for any other trouble. */
function failed(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // it has said what was wrong
  if (error instanceof RelizoError) {
    console.error(error.message);
    return GIVEN.includes(error.code) ? 2 : 1;
  }
  if (error instanceof Error && "syscall" in error) {
    console.error(`relizo: ${error.message}`); // the system's own refusal: a full disk, a folder that is closed to us
    return 1;
  }
  console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return 1;
}

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : failed(error)); // a reader that has seen enough: `relizo list | head`
});
process.stderr.on("error", () => {}); // nobody reads how far it is: the work goes on

try {
  await program().parseAsync();
} catch (error) {
  process.exitCode = failed(error);
}
