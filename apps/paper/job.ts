/** One run of one method on one problem, as plain data in and plain data out: what a worker thread is given and gives back. */
import { createMethod, type Method, type MethodName, minimize, type Progress } from "../../src/index.ts";
import { problemNamed } from "../../src/problem/index.ts";

/** Options of a method, as plain data; the method's own rules check them. */
export type Settings = Readonly<Record<string, unknown>>;

export interface Job {
  readonly problem: string;
  readonly d: number;
  /** A starting point of the problem other than its standard one, by name. */
  readonly start?: string;
  readonly method: MethodName;
  readonly settings: Settings;
  readonly steps: number;
  readonly seed: number;
  /** f at the iterate is noted every so many steps, apart from the counted queries. */
  readonly every: number;
}

/** null stands for a value that is not finite, so that it survives JSON. */
export type Value = number | null;

export interface JobResult {
  /** f at the iterate after the last step, asked apart from the counted queries. */
  readonly final: Value;
  /** Every call of the objective that the method made. */
  readonly queries: number;
  /** Those at the iterate itself. */
  readonly iterateQueries: number;
  /** Those of second and later batches of a turn: the trials of a line search. */
  readonly searchQueries: number;
  /** Past queries that served again, over all turns. */
  readonly reused: number;
  readonly steps: number;
  readonly outcome: string;
  /** f at the iterate after 0, every, 2 every, ... steps. */
  readonly curve: readonly Value[];
}

/**
 * Runs a job to its end.
 *
 * @throws RelizoError OPTION for an unknown problem, dimension, start or setting
 */
export async function runJob(job: Job): Promise<JobResult> {
  const problem = problemNamed(job.problem);
  const x0 = startOf(job);
  const f = (x: Float64Array): Value => finite(problem.value(x));
  const curve: Value[] = [f(x0)];
  const count = counter(x0);
  const solution = await minimize(
    (x) => {
      count.asked(x);
      return problem.value(x);
    },
    x0,
    {
      method: make(job.method, job.settings),
      seed: job.seed,
      maxSteps: job.steps,
      maxQueries: Number.MAX_SAFE_INTEGER,
      onStep(progress) {
        if (!count.told(progress) || progress.step % job.every !== 0) return;
        curve.push(f(progress.state.state.x));
      },
    },
  );
  const { state } = solution.state;
  return {
    final: f(state.x),
    queries: solution.queries,
    ...count.counts(),
    steps: solution.steps,
    outcome: solution.outcome,
    curve,
  };
}

function make(name: MethodName, settings: Settings): Method {
  const given: object = settings;
  return createMethod(name, given);
}

function startOf({ problem: name, d, start }: Job): Float64Array {
  const problem = problemNamed(name);
  return (start === undefined ? undefined : problem.otherStarts?.[start]?.(d)) ?? problem.start(d);
}

/** null for what is no finite number. */
function finite(value: number): Value {
  return Number.isFinite(value) ? value : null;
}

interface Counter {
  asked(x: Float64Array): void;
  /** Whether the batch ended a turn. */
  told(progress: Progress): boolean;
  counts(): Pick<JobResult, "iterateQueries" | "searchQueries" | "reused">;
}

/** Tells queries apart from the outside: by where they lie, and by whether a turn had a batch before. */
function counter(x0: Float64Array): Counter {
  let here = x0;
  let step = 0;
  let queries = 0;
  let begun = false;
  let toCome = 0;
  let iterateQueries = 0;
  let searchQueries = 0;
  let reused = 0;
  return {
    asked(x) {
      if (x.every((value, i) => value === here[i])) iterateQueries++;
    },
    told(progress) {
      if (begun) searchQueries += progress.queries - queries;
      else reused += toCome;
      const ended = progress.step > step;
      begun = !ended;
      if (ended) toCome = progress.reused;
      here = progress.state.state.x;
      step = progress.step;
      queries = progress.queries;
      return ended;
    },
    counts: () => ({ iterateQueries, searchQueries, reused }),
  };
}

/** How long a job takes beside others, roughly: it only decides which goes first and how far a progress bar is. */
export function effort({ problem, d, settings, steps }: Job): number {
  const samples = typeof settings.samples === "number" ? Math.min(settings.samples, d) : 2;
  const oneValue = problem === "MANCINO" ? 4 * d * d : problem === "ARGTRIGLS" ? 4 * d : d;
  return steps * (samples + 1) * (2 * d + oneValue + 500);
}
