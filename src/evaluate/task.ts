/** Queries that may be answered elsewhere, later and in any order: one round of a run, task by task. */
import { need } from "../option.ts";
import { breather } from "./breath.ts";
import type { Batched, Context, Objective } from "./evaluate.ts";

/** One candidate to evaluate. (round, index) names it within a run: whoever answers it twice answers the same. */
export interface Task<C = Float64Array> {
  /** Rounds of queries before this one: a turn with a line search takes several. */
  readonly round: number;
  readonly index: number;
  /** Turns of the method ended so far. */
  readonly step: number;
  /** Names the minibatch. */
  readonly batch: number;
  /** A point; or what those who hold the iterate make one of. */
  readonly candidate: C;
  /** Tasks in its round, those among them that were answered before and are not asked again; left out where that is not known. */
  readonly count?: number;
}

/** What whoever answers a round is told, and tells. */
export interface Listener {
  /** Aborts when nobody waits for answers any more. */
  readonly signal: AbortSignal;
  /** Once for each task, before it is first attempted. */
  began(): void;
  /** Once for each task, in any order: its value, NaN where it failed, and then why. */
  answered(index: number, value: number, reason?: unknown): void;
}

/**
 * Has all tasks of a round answered. Resolves when they are, or soon after the signal; rejects where the run cannot go on, and what was
 * answered until then is told all the same.
 */
export type Ask<C = Float64Array> = (tasks: readonly Task<C>[], listener: Listener) => Promise<void>;

/** The objective in this thread, one point after the other. */
export function askInline(f: Objective): Ask {
  need(typeof f === "function", "OPTION", "the objective must be a function", f);
  const breathe = breather();
  return async (tasks, { signal, began, answered }) => {
    for (const { candidate, step, batch, index } of tasks) {
      await breathe();
      if (signal.aborted) return;
      began();
      let value: unknown = Number.NaN;
      let reason: unknown;
      try {
        value = await f(candidate, { step, batch, signal });
      } catch (error) {
        reason = error;
      }
      need(typeof value === "number", "VALUE", "the objective must return a number", value);
      answered(index, value, reason);
    }
  };
}

/**
 * What `minimize` takes for an objective that answers by tasks, in any order: values are told in the order of the tasks once the round is whole. A second
 * answer to a task, and one for a round that was left, change nothing. For one run: it counts its rounds.
 *
 * @param round  rounds before the first: 0, or where a stored state goes on
 */
export function byTasks(ask: Ask, round = 0): Batched {
  let next = round;
  return {
    async evaluate(points, { step, batch, signal }: Context, count) {
      const round = next++;
      const tasks = points.map((candidate, index) => ({
        ...{ round, index, step, batch, candidate },
        count: points.length,
      }));
      const values = new Map<number, number>();
      let reason: unknown;
      await ask(tasks, {
        signal,
        began: count,
        answered(index, value, why) {
          if (values.has(index)) return; // whoever comes second, or when the round is over, changes nothing
          values.set(index, value);
          reason = why ?? reason;
        },
      });
      const all = points.flatMap((_, index) => values.get(index) ?? []);
      return { values: all, reason };
    },
  };
}
