/** What `relizo minimize` prints in the end, and the call that goes on. */
import type { RecordedSolution } from "../../src/journal/index.ts";
import { ending } from "../ending.ts";
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
