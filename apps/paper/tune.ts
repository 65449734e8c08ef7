/**
 * Finds the best settings of a method in a cell: all are screened with the first seed, and each variant at the learning rate
 * that was best for it is judged with all seeds. The first seed alone would choose what is lucky once.
 */
import type { MethodName } from "../../src/index.ts";
import type { Job, JobResult, Settings } from "./job.ts";
import { byMean, type Judged, mean, type Origin } from "./results.ts";
import { type Cell, candidates, cellJob, keyOf } from "./study.ts";

/** The best settings found for a method in the cell problem/d/N, without the cell's own `samples`. */
export interface Tuned {
  readonly cell: string;
  readonly method: MethodName;
  readonly settings: Settings;
}

export type Run = (job: Job) => Promise<JobResult>;

/** What to try in a cell, and where it comes from. */
export interface Plan {
  readonly cell: Cell;
  readonly method: MethodName;
  readonly tries: readonly Settings[];
  readonly origin: Origin;
}

/** A quick run without stored settings tries these alone. */
const COARSE = [1e-4, 1e-3, 1e-2, 0.1];

export function plan(cell: Cell, method: MethodName, stored: readonly Tuned[] | undefined): Plan {
  if (stored === undefined) return { cell, method, tries: candidates(method), origin: "tuned" };
  const found = stored.find((one) => one.cell === keyOf(cell) && one.method === method);
  if (found) return { cell, method, tries: [found.settings], origin: "stored" };
  const perVariant = candidates(method, COARSE);
  return { cell, method, tries: perVariant.slice(0, COARSE.length), origin: "coarse" };
}

/** All jobs a plan may take, for a progress bar: the screening, then the other seeds of each variant (at its first rate). */
export function jobsOf({ cell, method, tries }: Plan, seeds: readonly number[]): Job[] {
  return [
    ...tries.map((settings) => cellJob(cell, method, settings, seeds[0]!)),
    ...firstOfEach(tries).flatMap((settings) =>
      seeds.slice(1).map((seed) => cellJob(cell, method, settings, seed)),
    ),
  ];
}

/** The first of each variant, which differ from each other in more than the learning rate. */
function firstOfEach(tries: readonly Settings[]): Settings[] {
  const variantOf = ({ lr: _, ...rest }: Settings): string => JSON.stringify(rest);
  return tries.filter((one, i) => tries.findIndex((other) => variantOf(other) === variantOf(one)) === i);
}

/** Runs a plan. What is found depends on the plan and the seeds alone. */
export async function judge(plan: Plan, seeds: readonly number[], run: Run): Promise<Judged> {
  const { cell, method, tries, origin } = plan;
  const screened = await Promise.all(
    tries.map(async (settings) => {
      return { settings, first: await run(cellJob(cell, method, settings, seeds[0]!)) };
    }),
  );
  const sorted = screened.sort((a, b) => byMean(a.first.final, b.first.final));
  const best = new Set(firstOfEach(sorted.map(({ settings }) => settings)));
  const judged = await Promise.all(
    sorted
      .filter(({ settings }) => best.has(settings))
      .map(async ({ settings, first }): Promise<Judged> => {
        const others = seeds.slice(1).map((seed) => run(cellJob(cell, method, settings, seed)));
        const runs = [first, ...(await Promise.all(others))];
        const finals = runs.map(({ final }) => final);
        return { cell, method, settings, origin, tried: tries.length, mean: mean(finals), finals, runs };
      }),
  );
  return judged.sort((a, b) => byMean(a.mean, b.mean))[0]!;
}
