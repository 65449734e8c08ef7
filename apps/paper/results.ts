/** What the study finds, as plain data that survives JSON. */
import type { MethodName } from "../../src/index.ts";
import type { JobResult, Settings, Value } from "./job.ts";
import { type Cell, type ReuseCase, STEPS } from "./study.ts";

/** Where the settings of a result come from. */
export type Origin = "tuned" | "stored" | "coarse";

/** A method in a cell at its best settings. */
export interface Judged {
  readonly cell: Cell;
  readonly method: MethodName;
  readonly settings: Settings;
  readonly origin: Origin;
  /** How many settings were tried. */
  readonly tried: number;
  /** Mean of `finals`; null where a seed's is. */
  readonly mean: Value;
  readonly finals: readonly Value[];
  readonly runs: readonly JobResult[];
}

/** A reuse bound and what came of it, by seed. */
export interface Bounded {
  readonly asked: ReuseCase;
  readonly runs: readonly JobResult[];
}

export interface PaperResults {
  readonly version: 1;
  readonly quick: boolean;
  readonly seeds: readonly number[];
  /** Over all runs that these results were made in. */
  readonly seconds: number;
  /** The run ended before everything asked for was done. */
  readonly stopped?: boolean;
  readonly judged: readonly Judged[];
  readonly bounded: readonly Bounded[];
}

/** Whether this is a `paper.json` of this version, as far as its outline tells. */
export function isPaperResults(value: unknown): value is PaperResults {
  if (typeof value !== "object" || value === null) return false;
  const { version, quick, seeds, seconds, judged, bounded }: Partial<Record<keyof PaperResults, unknown>> =
    value;
  return (
    version === 1 &&
    typeof quick === "boolean" &&
    typeof seconds === "number" &&
    [seeds, judged, bounded].every(Array.isArray)
  );
}

/** The mean; null where one of the values is, or there is none. */
export function mean(values: readonly Value[]): Value {
  let sum = 0;
  for (const value of values) {
    if (value === null) return null;
    sum += value;
  }
  const found = sum / values.length;
  return Number.isFinite(found) ? found : null;
}

/** Orders means: lower first, failures last. */
export function byMean(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a - b;
}

/** Smallest and largest; null where one of the values is. */
export function range(values: readonly Value[]): { readonly low: Value; readonly high: Value } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value === null) return { low: null, high: null };
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return values.length > 0 ? { low, high } : { low: null, high: null };
}

/** Mean over the runs of f after so many steps; null where a run is not as long. */
export function after({ runs }: Bounded, steps: number): Value {
  return mean(runs.map(({ curve }) => curve[steps / STEPS] ?? null));
}

/** Part of all samples that was reused, over all runs. */
export function reuseRate({ asked, runs }: Bounded): number {
  const samples = Math.min(asked.samples, asked.d);
  return mean(runs.map(({ reused, steps }) => (steps > 0 ? reused / (samples * steps) : 0))) ?? 0;
}
