/** Runs the paper's study on a pool of threads. */
import type { MethodName } from "../../src/index.ts";
import { effort, type Job, type JobResult } from "./job.ts";
import { createPool } from "./pool.ts";
import type { Bounded, Judged, PaperResults } from "./results.ts";
import { type Cell, cellsOf, PARTS, type Part, type ReuseCase, reuseCases, reuseJob } from "./study.ts";
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
  readonly signal?: AbortSignal;
  /** Called after every run with the part of the work that is done, in [0, 1]. */
  readonly onProgress?: (done: number, note: string) => void;
}

/**
 * Runs the study, or parts of it.
 *
 * @throws Error when the signal aborts, and when a job cannot be run
 */
export async function runPaper(options: PaperOptions = {}): Promise<PaperResults> {
  const {
    parts = PARTS,
    methods = paperMethods,
    seeds = [0, 1, 2],
    quick = false,
    problems,
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
  const expected = [
    ...plans.flatMap((one) => jobsOf(one, seeds)),
    ...cases.flatMap((one) => caseSeeds.map((seed) => reuseJob(one, seed))),
  ];
  const pool = createPool(options.threads);
  const stop = (): void => void pool.close();
  signal?.addEventListener("abort", stop);
  try {
    signal?.throwIfAborted();
    const run = followed(pool.run, expected, options.onProgress);
    const [judged, bounded] = await Promise.all([
      Promise.all(plans.map((one): Promise<Judged> => judge(one, seeds, run))),
      Promise.all(cases.map((one): Promise<Bounded> => bound(one, caseSeeds, run))),
    ]);
    return { version: 1, quick, seeds, seconds: (performance.now() - began) / 1000, judged, bounded };
  } finally {
    signal?.removeEventListener("abort", stop);
    await pool.close();
  }
}

/** `run`, telling after each job how much of the work is done. */
function followed(run: Run, expected: readonly Job[], tell: PaperOptions["onProgress"]): Run {
  if (!tell) return run;
  const all = expected.reduce((sum, job) => sum + effort(job), 0);
  let done = 0;
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
