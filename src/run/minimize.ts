/** The shell: one loop owns time, budget and failure. */
import { type Answers, type Asked, type Context, type Evaluate, inline } from "../evaluate/evaluate.ts";
import type { Method, MethodState } from "../method/method.ts";
import { relizo } from "../method/relizo-method.ts";
import { need, readOptions } from "../option.ts";
import { type Box, boxOf } from "../point/bounds.ts";
import { finitePoint } from "../point/finite.ts";
import { OUTCOMES, type Outcome } from "./outcome.ts";
import { type RunOptions, runRules } from "./run-options.ts";

export interface Point {
  readonly x: Float64Array;
  readonly value: number;
}

/** A run, stored: plain data for `structuredClone` or `encode`; `minimize` goes on from it bit for bit. */
export interface RunState<S extends MethodState = MethodState> {
  readonly method: string;
  readonly state: S;
  /** Best point asked so far; value NaN before the first finite one. */
  readonly best: Point;
  readonly queries: number;
  /** Turns in a row without a finite value. */
  readonly failures: number;
}

export interface Solution {
  /** Best point asked; with minibatches, whose values do not compare, the last iterate. */
  readonly x: Float64Array;
  /** f(x); NaN when no query ever succeeded. */
  readonly value: number;
  readonly outcome: Outcome;
  /** The outcome in a sentence, with the objective's own last error where it failed. */
  readonly message: string;
  /** Calls of the objective, exactly. */
  readonly queries: number;
  readonly steps: number;
  readonly state: RunState;
}

/** What an observer sees after each turn's batch of queries. */
export interface Progress {
  readonly step: number;
  readonly queries: number;
  /** f at the iterate as last known. */
  readonly value: number;
  readonly best: number;
  /** Past queries that serve in the turn to come. */
  readonly reused: number;
  readonly seconds: number;
  readonly state: RunState;
}

export type MinimizeOptions = Partial<RunOptions>;

/** Turns in a row without one finite value that end a run. */
const MOST_FAILURES = 5;

/**
 * Minimizes f from its values alone.
 *
 * @param f        the objective: NaN, an exception or a rejection is a failed query, which costs a query and moves nothing
 * @param x0       where to start: d finite numbers
 * @param options  the run's; the method brings its own
 * @throws RelizoError for wrong options, before a query is spent; and when f returns something that is no number
 */
export async function minimize(
  f: Asked,
  x0: ArrayLike<number>,
  options: MinimizeOptions = {},
): Promise<Solution> {
  const run = readOptions("minimize", options, runRules);
  const evaluate = inline(f);
  const start = finitePoint("minimize", x0);
  const box = run.bounds && boxOf(run.bounds, start.length);
  const method = run.method ?? relizo();
  const state = run.resume ? resumed(run.resume, method, start.length) : fresh(method, start, run.seed, box);
  return loop(evaluate, method, state, run);
}

function fresh(method: Method, x0: Float64Array, seed: number, box: Box | undefined): RunState {
  const state = method.init(x0, seed, box);
  return { method: method.name, state, best: { x: state.x, value: Number.NaN }, queries: 0, failures: 0 };
}

function resumed(state: RunState, method: Method, d: number): RunState {
  const { state: inner, best, queries = -1 }: Partial<RunState> = state;
  need(
    Number.isSafeInteger(queries) &&
      queries >= 0 &&
      state.method === method.name &&
      inner?.x?.length === d &&
      best?.x?.length === d,
    "STATE",
    `minimize: resume must be the state of a run of ${method.name} in ${d} dimensions`,
    state,
  );
  return { ...state, failures: 0 };
}

async function loop(evaluate: Evaluate, method: Method, from: RunState, run: RunOptions): Promise<Solution> {
  const began = performance.now();
  const stop = new AbortController();
  const seconds = (): number => (performance.now() - began) / 1000;
  const onAbort = (): void => stop.abort();
  run.signal?.addEventListener("abort", onAbort);
  const timer = run.seconds * 1000 < LONGEST_TIMER ? setTimeout(onAbort, run.seconds * 1000) : undefined;
  let { state, best, queries, failures } = from;
  let reason: unknown;
  let breath = began;
  try {
    for (;;) {
      const now = (): RunState => ({ method: method.name, state, best, queries, failures });
      const end = (outcome: Outcome): Solution => solution(outcome, now(), run, reason);
      if (best.value <= run.target) return end("target");
      if (run.signal?.aborted) return end("aborted");
      if (stop.signal.aborted || seconds() >= run.seconds) return end("seconds");
      if (failures >= MOST_FAILURES) return end("failed");
      if (state.done) return end("converged");
      if (state.step >= run.maxSteps) return end("steps");
      const batch = run.batch?.(state.step) ?? 0;
      need(
        Number.isSafeInteger(batch),
        "OPTION",
        `minimize: batch(${state.step}) must be a whole number`,
        batch,
      );
      const points = method.ask(state, batch);
      if (queries + points.length > run.maxQueries) return end("queries");
      const context: Context = { step: state.step, batch, signal: stop.signal };
      const count = (): void => {
        queries++;
        if (seconds() >= run.seconds) stop.abort(); // timers wait while the objective computes in this thread
      };
      const copies = points.map((x) => x.slice());
      const answers = await unlessStopped(evaluate(copies, context, count), stop.signal);
      reason = answers?.reason ?? reason;
      const finite = (answers?.values ?? []).map((value) => (Number.isFinite(value) ? value : Number.NaN));
      best = better(best, points, finite);
      if (finite.length < points.length) continue; // late: the run has ended
      failures = finite.some(Number.isFinite) ? 0 : failures + 1;
      state = method.tell(state, points, finite, batch);
      const { step, value, reused } = state;
      run.onStep?.({ step, queries, value, best: best.value, reused, seconds: seconds(), state: now() });
      if (performance.now() - breath > BREATH) {
        await new Promise((resolve) => setTimeout(resolve, 0)); // let timers, signals and the screen have their turn
        breath = performance.now();
      }
    }
  } finally {
    clearTimeout(timer);
    run.signal?.removeEventListener("abort", onAbort);
    stop.abort();
  }
}

/** A timer of more milliseconds than this goes off at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The answers, or undefined where the run stops first. Unlike a race with one lasting promise, it leaves nothing behind. */
function unlessStopped(asking: Promise<Answers>, signal: AbortSignal): Promise<Answers | undefined> {
  return new Promise((resolve, reject) => {
    const stopped = (): void => resolve(undefined);
    if (signal.aborted) stopped();
    signal.addEventListener("abort", stopped);
    asking.then(resolve, reject).finally(() => signal.removeEventListener("abort", stopped));
  });
}

/** Milliseconds between the moments when other work of the thread is let through. */
const BREATH = 50;

function better(best: Point, points: readonly Float64Array[], values: readonly number[]): Point {
  let found = best;
  values.forEach((value, i) => {
    if (value < found.value || (Number.isNaN(found.value) && !Number.isNaN(value)))
      found = { x: points[i]!, value };
  });
  return found;
}

function solution(outcome: Outcome, state: RunState, run: RunOptions, reason: unknown): Solution {
  const point = run.batch === undefined ? state.best : { x: state.state.x, value: state.state.value };
  const why =
    outcome === "failed" && reason !== undefined
      ? ` The last error was: ${reason instanceof Error ? reason.message : String(reason)}`
      : "";
  const { queries } = state;
  return {
    x: point.x.slice(),
    value: point.value,
    outcome,
    message: OUTCOMES[outcome] + why,
    queries,
    steps: state.state.step,
    state,
  };
}
