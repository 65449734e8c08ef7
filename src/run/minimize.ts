/** The shell: one loop owns time, budget and failure. */
import { type Answers, type Asked, type Context, type Evaluate, inline } from "../evaluate/evaluate.ts";
import { finite } from "../kernel/js/gram.ts";
import type { Method, MethodState } from "../method/method.ts";
import { relizo } from "../method/relizo-method.ts";
import { need, readOptions } from "../option.ts";
import { boxOf } from "../point/bounds.ts";
import { finitePoint } from "../point/finite.ts";
import { seedRule } from "../sample/stream.ts";
import { fits } from "./fits.ts";
import type { OtherSpace } from "./other-space.ts";
import { OUTCOMES, type Outcome } from "./outcome.ts";
import { batchRules, type RunOptions, runRules } from "./run-options.ts";
import type {
  InPlaceObjective,
  SeededRunOptions,
  SeededSolution,
  SharedObjective,
} from "./seeded-minimize.ts";

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

export type MinimizeOptions = Partial<Omit<RunOptions, "space">> & { readonly space?: "dense" };

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
export function minimize(f: Asked, x0: ArrayLike<number>, options?: MinimizeOptions): Promise<Solution>;
/**
 * With `space: kernels.seeded()`, the parameters move in place: `Seeded.minimize` of "relizo/kernels" says how.
 *
 * @param x0  what that takes: float32 arrays, a `Parameters`, or GPU buffers
 */
export function minimize<P>(
  f: InPlaceObjective<P> | SharedObjective<P>,
  x0: P,
  options: SeededRunOptions & { readonly space: OtherSpace },
): Promise<SeededSolution<P>>;
export async function minimize(
  f: Asked | InPlaceObjective<never> | SharedObjective<never>,
  x0: ArrayLike<number>,
  options: Partial<RunOptions> = {},
): Promise<Solution | SeededSolution<unknown>> {
  const run = readOptions("minimize", options, runRules);
  if (run.space !== "dense") return run.space.minimize(f as InPlaceObjective, x0 as never, options);
  const own = options.seed ?? options.bounds;
  need(!run.resume || own === undefined, "OPTION", "minimize: seed and bounds must be left to resume", own);
  const evaluate = inline(f as Asked);
  const start = finitePoint("minimize", x0);
  const box = run.bounds && boxOf(run.bounds, start.length);
  const method = run.method ?? relizo();
  const state = method.init(start, run.seed, box);
  const best = { x: state.x, value: Number.NaN };
  const fresh = { method: method.name, state, best, queries: 0, failures: 0 };
  return loop(evaluate, method, run.resume ? resumed(run.resume, fresh) : fresh, run);
}

function resumed(from: RunState, fresh: RunState): RunState {
  const { x } = fresh.state;
  const { state, best, queries }: Partial<RunState> = from;
  need(
    from.method === fresh.method &&
      [queries, state?.step].every(seedRule.accepts) &&
      fits(state, fresh.state, x) &&
      fits(best?.x, x, x) &&
      [from.best, from.state].every((point) => point.x.every(Number.isFinite)),
    "STATE",
    `minimize: resume must be the state of a run of ${fresh.method} in ${x.length} dimensions`,
    from,
  );
  return { ...from, failures: 0 };
}

async function loop(evaluate: Evaluate, method: Method, from: RunState, run: RunOptions): Promise<Solution> {
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  const stop = new AbortController();
  let wake = (): void => {};
  const halt = (): void => {
    stop.abort();
    wake();
  };
  run.signal?.addEventListener("abort", halt);
  const timer = run.seconds * 1000 < LONGEST_TIMER ? setTimeout(halt, run.seconds * 1000) : undefined;
  let { state, best, queries, failures } = from;
  let reason: unknown;
  let breath = 0;
  try {
    for (;;) {
      const now = (): RunState => ({ method: method.name, state, best, queries, failures });
      const end = (outcome: Outcome): Solution => solution(outcome, now(), run.batch ? state : best, reason);
      if ((run.batch ? state : best).value <= run.target) return end("target");
      if (run.signal?.aborted) return end("aborted");
      if (stop.signal.aborted || seconds() >= run.seconds) return end("seconds");
      if (failures >= MOST_FAILURES) return end("failed");
      if (state.done) return end("converged");
      if (state.step >= run.maxSteps) return end("steps");
      const { batch } = readOptions("minimize", { batch: run.batch?.(state.step) }, batchRules);
      const points = method.ask(state, batch);
      if (queries + points.length > run.maxQueries) return end("queries");
      const copies = points.map((x) => x.slice());
      const context: Context = { step: state.step, batch, signal: stop.signal };
      const count = (): void => {
        queries++;
        if (seconds() >= run.seconds) halt(); // timers wait while the objective computes in this thread
      };
      const answers = await new Promise<Answers>((resolve, reject) => {
        wake = () => resolve({ values: [] }); // unlike a race with one lasting promise, it leaves nothing behind
        evaluate(copies, context, count).then(resolve, reject);
      });
      reason = answers.reason ?? reason;
      const values = answers.values.map((value, i) => {
        const x = points[i]!;
        if (!(Number.isFinite(value) && finite(x))) return Number.NaN;
        if (!(best.value <= value)) best = { x, value };
        return value;
      });
      if (values.length < points.length) continue; // late: the run has ended
      failures = values.some(Number.isFinite) ? 0 : failures + 1;
      state = method.tell(state, points, values, batch);
      const { step, value, reused } = state;
      await run.onStep?.({
        step,
        queries,
        value,
        best: best.value,
        reused,
        seconds: seconds(),
        state: now(),
      });
      if (seconds() - breath > BREATH) {
        await new Promise((resolve) => setTimeout(resolve, 0)); // let timers, signals and the screen have their turn
        breath = seconds();
      }
    }
  } finally {
    clearTimeout(timer);
    run.signal?.removeEventListener("abort", halt);
    stop.abort();
  }
}

/** A timer of more milliseconds than this goes off at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Seconds between the moments when other work of the thread is let through. */
const BREATH = 0.05;

function solution(outcome: Outcome, state: RunState, { x, value }: Point, reason: unknown): Solution {
  const why =
    outcome === "failed" && reason !== undefined
      ? ` The last error was: ${reason instanceof Error ? reason.message : String(reason)}`
      : "";
  const { queries } = state;
  return {
    x: x.slice(),
    value,
    outcome,
    message: OUTCOMES[outcome] + why,
    queries,
    steps: state.state.step,
    state,
  };
}
