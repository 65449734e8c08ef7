/** The paper's experiments, as data: which cells there are and which jobs they are made of. */
import { type MethodName, methodRules } from "../../src/index.ts";
import type { Job, Settings } from "./job.ts";
import { learningRates, reuseStudy, variants } from "./settings.ts";
import { type PublishedCell, table6, table7, table8 } from "./tables.ts";

/** The parts of the study, by the paper's names. */
export const PARTS = ["table6", "table7", "table8", "figure1", "table10", "table11", "figure2"] as const;
export type Part = (typeof PARTS)[number];

/** One problem at one dimension with one N: every method is tuned in each. */
export interface Cell {
  readonly problem: string;
  readonly d: number;
  readonly samples: number;
}

export const STEPS = 500;
/** Points of a curve lie so many steps apart. */
const EVERY = 10;

export function keyOf({ problem, d, samples }: Cell): string {
  return `${problem}/${d}/${samples}`;
}

const bare = ({ problem, d, samples }: PublishedCell): Cell => ({ problem, d, samples });

/** Figure 1's four, which stand in the paper as curves alone, and the two that table 8 adds. */
export const table8Cells: readonly Cell[] = table8.map(({ problem, d }) => ({ problem, d, samples: 8 }));

/** Every problem of the study. */
export function studyProblems(): string[] {
  return [...new Set([...cellsOf(PARTS), ...reuseCases(PARTS, false)].map(({ problem }) => problem))];
}

/** The cells that the parts need, each once. */
export function cellsOf(parts: readonly Part[]): Cell[] {
  const cells = [
    ...(parts.includes("table6") ? table6.map(bare) : []),
    ...(parts.includes("table7") ? table7.map(bare) : []),
    ...(parts.includes("table8") || parts.includes("figure1") ? table8Cells : []),
  ];
  return [...new Map(cells.map((cell) => [keyOf(cell), cell])).values()];
}

export function cellJob(cell: Cell, method: MethodName, settings: Settings, seed: number): Job {
  const { problem, d, samples } = cell;
  const known = "samples" in methodRules(method) ? { samples } : {};
  return { problem, d, method, settings: { ...settings, ...known }, steps: STEPS, seed, every: EVERY };
}

/** Every setting that a method is tried with: its variants, each at every learning rate. */
export function candidates(method: MethodName, rates: readonly number[] = learningRates): Settings[] {
  const own: readonly Settings[] = variants[method] ?? [{}];
  const usesRate = "lr" in methodRules(method);
  return own.flatMap((variant) =>
    usesRate && !("lr" in variant) ? rates.map((lr) => ({ lr, ...variant })) : [variant],
  );
}

/** A run whose reuse bound is `factor` learning rates. */
export interface ReuseCase {
  readonly part: "table8" | "table10" | "table11" | "figure2";
  readonly problem: string;
  readonly d: number;
  readonly samples: number;
  readonly factor: number;
  /** Largest part of the samples that may be reused; one is always fresh. */
  readonly maxReuse: number;
}

const FACTORS = [0, 0.01, 0.05, 0.1, 0.5, 1];
const FIGURE2_DIMENSIONS = { ARGTRIGLS: 200, BROYDNBDLS: 50, SROSENBR: 500, MANCINO: 100 };

/** N of figure 2; a quick run takes the first four, where the rate changes most. */
const FIGURE2_SAMPLES = [6, 8, 10, 20, 50, 100, 200];

export function reuseCases(parts: readonly Part[], quick: boolean): ReuseCase[] {
  const bounds = (part: "table10" | "table11", maxReuse: number): ReuseCase[] =>
    parts.includes(part)
      ? FACTORS.map((factor) => ({ part, problem: "ARGTRIGLS", d: 200, samples: 8, factor, maxReuse }))
      : [];
  const figure2 = Object.entries(FIGURE2_DIMENSIONS).flatMap(([problem, d]) =>
    FIGURE2_SAMPLES.slice(0, quick ? 4 : undefined)
      .filter((samples) => samples <= d && !(quick && problem === "MANCINO"))
      .flatMap((samples) =>
        [0, 1, 2, 5].map((factor): ReuseCase => {
          return { part: "figure2", problem, d, samples, factor, maxReuse: 1 };
        }),
      ),
  );
  const counts = table8Cells.map((cell): ReuseCase => ({ ...cell, part: "table8", factor: 2, maxReuse: 1 }));
  return [
    ...(parts.includes("table8") ? counts : []),
    ...bounds("table10", 1),
    ...bounds("table11", 0.5),
    ...(parts.includes("figure2") ? figure2 : []),
  ];
}

export function reuseJob({ part, problem, d, samples, factor, maxReuse }: ReuseCase, seed: number): Job {
  const long = part === "table10" || part === "table11";
  const lr = long ? reuseStudy.bounds : reuseStudy.rates[problem]!;
  const bound = { reuse: "samples", reuseWithin: factor * lr, reuseSteps: reuseStudy.reuseSteps, maxReuse };
  const settings = { samples, lr, lineSearch: "armijo", ...bound };
  return { problem, d, method: "relizo", settings, steps: long ? 4 * STEPS : STEPS, seed, every: STEPS };
}
