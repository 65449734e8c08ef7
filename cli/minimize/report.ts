/** What `relizo minimize` prints in the end, and the call that goes on. */
import type { Outcome } from "../../src/index.ts";
import type { RecordedSolution } from "../../src/journal/index.ts";
import { wrapped } from "../text.ts";
import { percent } from "./sitting.ts";

/** How a run ended, wherever its x lies. */
export type Ended = Omit<RecordedSolution, "x" | "state">;

export interface ReportOptions {
  readonly journal?: string;
  readonly json?: boolean;
}

/** Numbers of x that are shown. */
const SHOWN = 8;

/**
 * @param first  the first numbers of x, at least eight where it has them
 * @param reuse  the part of samples that were past queries
 */
export function report(
  solution: Ended,
  first: ArrayLike<number>,
  dimension: number,
  reuse: number,
  options: ReportOptions,
): void {
  const { queries, steps, outcome, hashes } = solution;
  const value = Number.isFinite(solution.value) ? solution.value : null;
  const message = ending(solution, options.journal);
  if (outcome === "aborted") process.exitCode = 130;
  else if (outcome === "failed") process.exitCode = 1;
  if (options.json) {
    console.log(JSON.stringify({ value, queries, steps, outcome, message, reuse, hash: hashes }));
    return;
  }
  const shown = Array.from(first)
    .slice(0, SHOWN)
    .map((xi) => String(Number(xi.toPrecision(7))));
  const more = dimension > SHOWN ? `, … (${dimension} numbers; --out FILE writes them all)` : "";
  const rows = [
    ["f", value === null ? "no query succeeded" : String(value)],
    ["queries", `${queries} in ${steps} steps; ${percent(reuse)} of samples reused`],
    ["x", shown.join(", ") + more],
    ["trajectory", hashes.trajectory],
  ];
  const table = rows.map(([key, text]) => `${key!.padEnd(12)}${text}`);
  console.log([...table, "", ...wrapped(message, 0)].join("\n"));
}

/** How the run ended, by the options of this program, and the call that goes on. */
function ending({ outcome, message, queries, steps }: Ended, journal: string | undefined): string {
  const words: Partial<Record<Outcome, readonly [said: string, more?: readonly [flag: string, to: number]]>> =
    {
      queries: ["The query budget ran out", ["--queries", 2 * Math.max(queries, 1)]],
      steps: ["The step budget ran out", ["--steps", 2 * Math.max(steps, 1)]],
      seconds: ["The time budget ran out"],
      aborted: ["The run was interrupted"],
    };
  const [said, more] = words[outcome] ?? [];
  if (said === undefined) return message;
  if (journal === undefined) return `${said}. With --journal FILE a run can be resumed.`;
  return `${said}. To go on: ${callOf(process.argv.slice(2), more)}`;
}

/** The call as it was, for a shell, with --resume and a larger budget. */
function callOf(args: readonly string[], [flag, to]: readonly [string?, number?] = []): string {
  const isBudget = (word: string | undefined): boolean => flag !== undefined && word === flag;
  const kept = args.filter(
    (word, i) =>
      !["--resume", "--take-over"].includes(word) &&
      !isBudget(word) &&
      !isBudget(args[i - 1]) &&
      !(flag !== undefined && word.startsWith(`${flag}=`)),
  );
  const quoted = (word: string): string =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
  return ["relizo", ...kept.map(quoted), ...(flag === undefined ? [] : [flag, to]), "--resume"].join(" ");
}
