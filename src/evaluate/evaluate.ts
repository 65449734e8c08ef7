/** Asking the black box: every call counted, every failure a NaN with its reason, every answer late or early alike. */
import { need } from "../option.ts";

/** What an objective may know of the query it answers. */
export interface Context {
  /** Turns of the method ended so far. */
  readonly step: number;
  /** Names the minibatch to evaluate; 0 unless the run says otherwise. */
  readonly batch: number;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** f(x): a number, or the promise of one. x is the query's own copy. */
export type Objective = (x: Float64Array, context: Context) => number | Promise<number>;

/** Values of several points at once, in their order; NaN for one that failed. */
export type BatchObjective = (
  points: readonly Float64Array[],
  context: Context,
) => readonly number[] | Float64Array | Promise<readonly number[] | Float64Array>;

/** What `minimize` takes: a function, or a function of many points made ready by {@link batched}. */
export type Asked = Objective | Batched;

export interface Batched {
  readonly evaluate: Evaluate;
}

/** What a run learns from asking: fewer values than points only where the run ended first. */
export interface Answers {
  readonly values: readonly number[];
  /** Why the last failed query failed, where one did. */
  readonly reason?: unknown;
}

/** Asks for the values of points. `count` is called once for each query, before it is made. */
export type Evaluate = (
  points: readonly Float64Array[],
  context: Context,
  count: () => void,
) => Promise<Answers>;

/**
 * An objective that answers many points at once: one run of a model for a whole batch of candidates.
 *
 * @throws RelizoError OPTION for anything but a function
 */
export function batched(batch: BatchObjective): Batched {
  need(typeof batch === "function", "OPTION", "batched: the objective must be a function", batch);
  return {
    async evaluate(points, context, count) {
      points.forEach(count);
      let answers: readonly number[] | Float64Array;
      try {
        answers = await batch(points, context);
      } catch (reason) {
        return { values: points.map(() => Number.NaN), reason };
      }
      need(
        answers?.length === points.length,
        "COUNT",
        `minimize: a batch must give ${points.length} values for ${points.length} points`,
        answers,
      );
      return { values: Array.from(answers, number) };
    },
  };
}

/** The evaluator in this thread: points one after the other, or all at once where the objective takes batches. */
export function inline(asked: Asked): Evaluate {
  if (typeof asked === "function") return (points, context, count) => oneByOne(asked, points, context, count);
  const evaluate = asked?.evaluate;
  need(
    typeof evaluate === "function",
    "OPTION",
    "minimize: the objective must be a function or batched(...)",
    asked,
  );
  return evaluate;
}

async function oneByOne(
  f: Objective,
  points: readonly Float64Array[],
  context: Context,
  count: () => void,
): Promise<Answers> {
  const values: number[] = [];
  let reason: unknown;
  for (const x of points) {
    if (context.signal.aborted) break;
    count();
    let value: unknown = Number.NaN;
    try {
      const answer = f(x, context);
      value = typeof answer === "number" ? answer : await answer;
    } catch (error) {
      reason = error;
    }
    values.push(number(value));
  }
  return { values, reason };
}

function number(value: unknown): number {
  need(typeof value === "number", "VALUE", "minimize: the objective must return a number", value);
  return value;
}
