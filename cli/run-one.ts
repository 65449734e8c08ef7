/** One run of a method on a test problem, with its progress and its curve. */
import { figure } from "../apps/report/figure.ts";
import { type Method, type MethodName, minimize, type Outcome, registry } from "../src/index.ts";
import type { Problem } from "../src/problem/index.ts";
import { progressBar } from "./progress.ts";

/** What may end a run; the first one met does. */
export interface Budget {
  readonly steps?: number;
  readonly queries?: number;
  readonly seconds?: number;
  readonly target?: number;
}

export interface Run {
  readonly method: MethodName;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly seed: number;
  /** Lowest value asked; null where no query succeeded. */
  readonly value: number | null;
  readonly outcome: Outcome;
  readonly message: string;
  readonly queries: number;
  readonly steps: number;
  readonly seconds: number;
}

/** The lowest value so far, after so many queries. */
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
  const about: { create(given: object): Method } = registry[name];
  return about.create(settings);
}

export async function runOne(
  problem: Problem,
  x0: Float64Array,
  asked: Pick<Run, "method" | "settings" | "seed">,
  { steps, queries, seconds, target }: Budget,
  signal: AbortSignal,
): Promise<{ readonly run: Run; readonly curve: Curve }> {
  const { method, settings, seed } = asked;
  const timed = queries === undefined && steps === undefined ? seconds : undefined;
  const maxQueries =
    queries ?? (steps === undefined && seconds === undefined ? DEFAULT_QUERIES : Number.MAX_SAFE_INTEGER);
  const total = steps ?? timed ?? maxQueries;
  const bar = progressBar(`${problem.name} ${x0.length}, ${method}, seed ${seed}`, total);
  const curve = { queries: [0], values: [problem.value(x0)] };
  const began = performance.now();
  try {
    const solution = await minimize((x) => problem.value(x), x0, {
      method: make(method, settings),
      seed,
      signal,
      maxQueries,
      ...(steps !== undefined && { maxSteps: steps }),
      ...(seconds !== undefined && { seconds }),
      ...(target !== undefined && { target }),
      onStep(progress) {
        const done = steps !== undefined ? progress.step : timed ? progress.seconds : progress.queries;
        bar.update(Math.min(done, total), `f = ${figure(progress.best)}`);
        curve.queries.push(progress.queries);
        curve.values.push(progress.best);
      },
    });
    const { outcome, message, value } = solution;
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
