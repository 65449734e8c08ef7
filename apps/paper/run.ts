/** Runs the paper's study on a pool of threads. */
import { type MethodName, RelizoError } from "../../src/index.ts";
import { effort, type Job, type JobResult } from "./job.ts";
import { createPool } from "./pool.ts";
import type { Bounded, Judged, PaperResults } from "./results.ts";
import {
  type Cell,
  cellsOf,
  keyOf,
  PARTS,
  type Part,
  type ReuseCase,
  reuseCases,
  reuseJob,
} from "./study.ts";
import { paperMethods } from "./tables.ts";
import { jobsOf, judge, plan, type Run, type Tuned } from "./tune.ts";
import { tuned } from "./tuned.ts";

export interface PaperOptions {
  /** Default all. */
  readonly parts?: readonly Part[];
  /** Default the paper's four. */
  readonly methods?: readonly MethodName[];
  /** Restricts the cells to these problems. */
  readonly problems?: readonly string[];
  /** Default 0, 1, 2. */
  readonly seeds?: readonly number[];
  /** Takes stored settings in place of tuning, and leaves out the slowest of figure 2. */
  readonly quick?: boolean;
  /** Default: as many as the machine runs at once. */
  readonly threads?: number;
  /** What an earlier run with the same seeds, quick or not, found: it is kept, and only the rest is run. */
  readonly known?: PaperResults;
  /** Ends the run: what is finished by then is what it resolves to, marked as stopped. */
  readonly signal?: AbortSignal;
  /** Called after every run with the part of the work that is done, in [0, 1]. */
  readonly onProgress?: (done: number, note: string) => void;
  /** Called whenever a figure is finished with all that are: who stores them loses little to a crash. */
  readonly onResult?: (results: PaperResults) => void;
}

/**
 * Runs the study, or parts of it.
 *
 * @throws RelizoError OPTION when no part has any of the problems, or `known` is of another kind of run
 * @throws Error when a job cannot be run
 */
export async function runPaper(options: PaperOptions = {}): Promise<PaperResults> {
  const {
    parts = PARTS,
    methods = paperMethods,
    seeds = [0, 1, 2],
    quick = false,
    problems,
    known,
    signal,
  } = options;
  const began = performance.now();
  const wanted = ({ problem }: Cell | ReuseCase): boolean => problems?.includes(problem) ?? true;
  const stored: readonly Tuned[] | undefined = quick ? tuned : undefined;
  const plans = cellsOf(parts)
    .filter(wanted)
    .flatMap((cell) => methods.map((method) => plan(cell, method, stored)));
  const cases = reuseCases(parts, quick).filter(wanted);
  const caseSeeds = quick ? seeds.slice(0, 1) : seeds;
  if (plans.length + cases.length === 0)
    throw wrong(`nothing to run: ${parts.join(", ")} has no figure for ${problems?.join(", ")}.`);
  if (known && !(known.quick === quick && String(known.seeds) === String(seeds)))
    throw wrong(
      `what is known must come from the same kind of run: ${kind(known)}, not ${kind({ quick, seeds })}; ask for the same, or write elsewhere.`,
    );

  const judged = new Map(known?.judged.map((one) => [judgedKey(one), one]));
  const bounded = new Map(known?.bounded.map((one) => [JSON.stringify(one.asked), one]));
  const newPlans = plans.filter((one) => !judged.has(judgedKey(one)));
  const newCases = cases.filter((one) => !bounded.has(JSON.stringify(one)));
  const expected = [
    ...newPlans.flatMap((one) => jobsOf(one, seeds)),
    ...newCases.flatMap((one) => caseSeeds.map((seed) => reuseJob(one, seed))),
  ];
  const results = (stopped: boolean): PaperResults => {
    const seconds = (known?.seconds ?? 0) + (performance.now() - began) / 1000;
    const found = {
      judged: inOrder(judged, plans.map(judgedKey)),
      bounded: inOrder(
        bounded,
        cases.map((one) => JSON.stringify(one)),
      ),
    };
    return { version: 1, quick, seeds, seconds, ...(stopped && { stopped }), ...found };
  };
  if (signal?.aborted) return results(true);
  const pool = createPool(options.threads);
  const stop = (): void => void pool.close();
  signal?.addEventListener("abort", stop);
  const run = followed(pool.run, expected, options.onProgress);
  try {
    await Promise.all([
      ...newPlans.map(async (one) => {
        judged.set(judgedKey(one), await judge(one, seeds, run));
        options.onResult?.(results(true));
      }),
      ...newCases.map(async (one) => {
        bounded.set(JSON.stringify(one), await bound(one, caseSeeds, run));
        options.onResult?.(results(true));
      }),
    ]);
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    await pool.close();
  }
  return results(signal?.aborted ?? false);
}

const judgedKey = ({ cell, method }: Pick<Judged, "cell" | "method">): string => `${keyOf(cell)} ${method}`;

/** Those with the given keys in their order, then all others. */
function inOrder<T>(found: ReadonlyMap<string, T>, keys: readonly string[]): T[] {
  const order = new Set([...keys, ...found.keys()]);
  return [...order].flatMap((key) => found.get(key) ?? []);
}

const kind = ({ quick, seeds }: Pick<PaperResults, "quick" | "seeds">): string =>
  `a ${quick ? "quick" : "full"} run with ${seeds.length === 1 ? "seed" : "seeds"} ${seeds.join(", ")}`;

const wrong = (message: string): RelizoError => new RelizoError("OPTION", `bench paper: ${message}`);

/** `run`, telling after each job how much of the work is done. */
function followed(run: Run, expected: readonly Job[], tell: PaperOptions["onProgress"]): Run {
  if (!tell) return run;
  const all = expected.reduce((sum, job) => sum + effort(job), 0);
  let done = 0;
  if (all === 0) tell(1, "");
  return async (job) => {
    const result: JobResult = await run(job);
    done += effort(job);
    tell(Math.min(done / all, 1), `${job.problem} ${job.d}, ${job.method}`);
    return result;
  };
}

async function bound(asked: ReuseCase, seeds: readonly number[], run: Run): Promise<Bounded> {
  return { asked, runs: await Promise.all(seeds.map((seed) => run(reuseJob(asked, seed)))) };
}
