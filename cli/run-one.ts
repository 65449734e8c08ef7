/** One run of a method on a test problem, with its progress and its curve. */
import { figure } from "../apps/report/figure.ts";
import { createMethod, type Method, type MethodName, minimize, type Outcome } from "../src/index.ts";
import { noisy, type Problem } from "../src/problem/index.ts";
import { progressBar } from "./progress.ts";

/** What a run is given: what may end it, of which the first one met does, noise and bounds. */
export interface Terms {
  readonly steps?: number;
  readonly queries?: number;
  readonly seconds?: number;
  readonly target?: number;
  /** Standard deviation of what is added to every value. */
  readonly noise?: number;
  readonly lower?: number;
  readonly upper?: number;
}

export interface Run {
  readonly method: MethodName;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly seed: number;
  /** f, without the noise, at the best point found; null where no query succeeded. */
  readonly value: number | null;
  readonly outcome: Outcome;
  readonly message: string;
  readonly queries: number;
  readonly steps: number;
  readonly seconds: number;
}

/** f, without the noise, at the best point so far, after so many queries. */
export interface Curve {
  readonly queries: readonly number[];
  readonly values: readonly number[];
}

/** Queries of a run that nothing else ends. */
export const DEFAULT_QUERIES = 10_000;

/** How a run ended, by the options that this program has; other outcomes keep the run's own sentence. */
const ENDINGS: Partial<Record<Outcome, string>> = {
  queries: "The query budget ran out; raise --queries.",
  steps: "The step budget ran out; raise --steps.",
  seconds: "The time budget ran out; raise --seconds.",
  aborted: "Ctrl-C ended the run; this is what it had found.",
};

/** The method, made from settings that came as text: the registry's own check takes the place of types. */
export function make(name: MethodName, settings: object): Method {
  const given: object = settings;
  return createMethod(name, given);
}

export async function runOne(
  problem: Problem,
  x0: Float64Array,
  asked: Pick<Run, "method" | "settings" | "seed">,
  { steps, queries, seconds, target, noise, lower = -Infinity, upper = Infinity }: Terms,
  signal: AbortSignal,
): Promise<{ readonly run: Run; readonly curve: Curve }> {
  const { method, settings, seed } = asked;
  const timed = queries === undefined && steps === undefined ? seconds : undefined;
  const maxQueries =
    queries ?? (steps === undefined && seconds === undefined ? DEFAULT_QUERIES : Number.MAX_SAFE_INTEGER);
  const total = steps ?? timed ?? maxQueries;
  const bar = progressBar(`${problem.name} ${x0.length}, ${method}, seed ${seed}`, total);
  const f = (x: Float64Array): number => problem.value(x);
  const start = x0.map((value) => Math.min(Math.max(value, lower), upper));
  const curve = { queries: [0], values: [f(start)] };
  const began = performance.now();
  try {
    const solution = await minimize(noise ? noisy(f, { seed, level: noise }) : f, start, {
      method: make(method, settings),
      seed,
      signal,
      maxQueries,
      ...((lower > -Infinity || upper < Infinity) && { bounds: { lower, upper } }),
      ...(steps !== undefined && { maxSteps: steps }),
      ...(seconds !== undefined && { seconds }),
      ...(target !== undefined && { target }),
      onStep(progress) {
        const done = steps !== undefined ? progress.step : timed ? progress.seconds : progress.queries;
        const best = noise ? f(progress.state.best.x) : progress.best;
        bar.update(Math.min(done, total), `f = ${figure(best)}`);
        curve.queries.push(progress.queries);
        curve.values.push(best);
      },
    });
    const { outcome, message } = solution;
    const value = Number.isFinite(solution.value) ? f(solution.x) : Number.NaN;
    const run: Run = {
      ...asked,
      value: Number.isFinite(value) ? value : null,
      outcome,
      message: ENDINGS[outcome] ?? message,
      queries: solution.queries,
      steps: solution.steps,
      seconds: (performance.now() - began) / 1000,
    };
    return { run, curve };
  } finally {
    bar.stop();
  }
}
