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

/** What `minimize` takes: a function, or a function of many points marked by {@link batched}. */
export type Asked = Objective | Batched;

export interface Batched {
  readonly batch: BatchObjective;
}

/** Marks an objective that answers many points at once: one run of a model for a whole batch of candidates. */
export function batched(batch: BatchObjective): Batched {
  return { batch };
}

/** What a run learns from asking. */
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

/** The evaluator in this thread: points one after the other, or all at once where the objective takes batches. */
export function inline(asked: Asked): Evaluate {
  const single = typeof asked === "function";
  need(
    single || typeof asked?.batch === "function",
    "OPTION",
    "minimize: the objective must be a function or batched(...)",
    asked,
  );
  return async (points, context, count) => {
    const values: number[] = [];
    let reason: unknown;
    for (const set of single ? points.map((x) => [x]) : [points]) {
      if (context.signal.aborted) break;
      set.forEach(count);
      let answers: ArrayLike<unknown> = set.map(() => Number.NaN);
      try {
        if (single) {
          const answer = asked(set[0]!, context);
          answers = [typeof answer === "number" ? answer : await answer];
        } else answers = await asked.batch(set, context);
      } catch (error) {
        reason = error;
      }
      need(
        answers?.length === set.length,
        "COUNT",
        `minimize: a batch must give ${set.length} values for ${set.length} points`,
        answers,
      );
      for (const value of Array.from(answers)) {
        need(typeof value === "number", "VALUE", "minimize: the objective must return a number", value);
        values.push(value);
      }
    }
    return { values, reason };
  };
}
