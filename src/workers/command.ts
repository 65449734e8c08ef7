/** Queries answered by a program of the user's, in any language. Node only. */
import { statSync } from "node:fs";
import { RelizoError } from "../error.ts";
import type { Evaluator } from "../evaluate/policy.ts";
import { custom, need, oneOf, readOptions, whole } from "../option.ts";
import { byFiles } from "./command-files.ts";
import { byLines } from "./command-lines.ts";

export interface CommandOptions {
  /** A line for the shell, as one would type it: "python eval.py". With mode "files", {x} in it is the path of the file that holds x. */
  readonly command: string;
  /** "lines" (default): programs that stay and answer JSON, line by line; "files": one program a query, whose last line is the value. */
  readonly mode: "lines" | "files";
  /** Programs at once. Default 1. */
  readonly processes: number;
  /** Tasks that one program is given before it has answered; for mode "lines". Default 1. */
  readonly underWay: number;
  /** The folder it runs in. Default: the current one. */
  readonly cwd: string;
  /** Variables of its environment beside those of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** Told each line of its stderr, and what it prints on stdout that is no answer. Default: console.error. */
  readonly log: (line: string) => void;
}

/**
 * A program that answers queries. A candidate is a JSON array of numbers that read back to the bit; see docs/evaluators.md for both forms. It runs in a
 * process group of its own, and the whole group is ended when nobody waits for its answer any more. Programs of mode "lines" live until `close`.
 *
 * @throws RelizoError OPTION for an unknown option or a value outside its range, where the folder is missing, or {x} with mode "files"; a query
 *   rejects with VALUE where the program answers with something that is no number
 */
export function command(options: Partial<CommandOptions> & Pick<CommandOptions, "command">): Evaluator {
  const given = readOptions<CommandOptions>("command", options, {
    command: custom("", "a line for the shell", isText),
    mode: oneOf<CommandOptions["mode"]>("lines", ["lines", "files"]),
    processes: whole(1, 1, 1024),
    underWay: whole(1, 1),
    cwd: custom(process.cwd(), "a folder", isText),
    env: custom({}, "an object of texts", isEnvironment),
    log: custom(console.error, "a function", isLog),
  });
  const { command, mode, cwd, underWay } = given;
  need(command !== "", "OPTION", "command: command must be a line for the shell", undefined);
  const folder = statSync(cwd, { throwIfNoEntry: false })?.isDirectory() ?? false;
  need(folder, "OPTION", "command: cwd must be a folder that exists", cwd);
  if (mode === "lines") return byLines(given);
  need(
    command.includes("{x}"),
    "OPTION",
    "command: with mode files, {x} must stand where the path belongs",
    command,
  );
  if (underWay !== 1)
    throw new RelizoError("OPTION", "command: underWay is for mode lines; with files, set processes.");
  return byFiles(given);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isEnvironment(value: unknown): value is CommandOptions["env"] {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((one) => typeof one === "string")
  );
}

function isLog(value: unknown): value is CommandOptions["log"] {
  return typeof value === "function";
}
