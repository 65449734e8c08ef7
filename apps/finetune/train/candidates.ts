/** Losses of a round's candidates: several in one pass, or spread over sessions. The same losses, by the same number of queries. */
import {
  type Ask,
  askBy,
  type Listener,
  type Policy,
  type Task as Query,
} from "../../../src/workers/index.ts";
import { stacked } from "../task/rows.ts";
import type { Batch } from "../task/task.ts";
import { type Forward, type ForwardOptions, forward } from "./forward.ts";
import type { Placing, SessionPool } from "./pool.ts";
import { type Group, groupsOf, type Stack } from "./stack.ts";

export interface Losses {
  /** The minibatch of a number. */
  readonly batchOf: (number: number) => Batch;
  readonly loss: (batch: Batch, logits: Float32Array) => number;
}

type Told = (index: number, value: number, reason?: unknown) => void;

/**
 * In this thread, a pass for as many candidates as there is room for.
 *
 * @param place  has the parameters be those of a candidate
 */
export function askStack<C>(
  place: (task: Query<C>, listener: Pick<Listener, "signal" | "began">) => Promise<void>,
  stack: Stack,
  run: Forward,
  losses: Losses,
): Ask<C> {
  return async (tasks, { signal, began, answered }) => {
    for (const group of groupsOf(tasks, stack.size)) {
      for (const task of group.tasks) {
        if (signal.aborted) return;
        await place(task, { signal, began });
        stack.put(task.index % stack.size);
      }
      stack.bind(group.size);
      await pass(group, stack.size, run, losses, answered);
    }
  };
}

/** In sessions of threads: one that ends in the midst of a pass takes only its attempt with it. */
export function askPool<C extends Placing["places"][number][1]>(
  pool: SessionPool,
  stack: number,
  options: ForwardOptions | undefined,
  losses: Losses,
  { policy, noticed }: { readonly policy?: Partial<Policy>; readonly noticed?: (message: string) => void },
): Ask<C> {
  const name = `${pool.sessions} ${pool.sessions === 1 ? "session" : "sessions"}`;
  return askBy<C>(
    {
      name,
      capacity: pool.sessions,
      async evaluate(tasks, signal) {
        const answers = new Map<number, number | { readonly error: string }>();
        for (const group of groupsOf(tasks, stack)) {
          const places = group.tasks.map(({ index, candidate }) => [index % stack, candidate] as const);
          const { inputs, outputs } = pool;
          let broken: { readonly error: unknown } | undefined;
          const run: SessionPool["run"] = (feeds, wanted = outputs) =>
            pool.pass(feeds, wanted, { size: group.size, places }, signal).catch((error: unknown) => {
              broken = { error };
              throw error;
            });
          const own = forward({ inputs, outputs, run }, options);
          await pass(group, stack, own, losses, (index, value, reason) => {
            const why = reason instanceof Error ? reason.message : String(reason);
            answers.set(index, reason === undefined ? value : { error: why });
          });
          if (broken) throw broken.error; // no value that failed: it is asked again, or the run cannot go on
        }
        return tasks.map(({ index }) => answers.get(index) ?? Number.NaN);
      },
      close: async () => {},
    },
    { ...policy, batchSize: stack },
    noticed,
  );
}

async function pass(
  { tasks, size }: Group<Query<unknown>>,
  stack: number,
  run: Forward,
  { batchOf, loss }: Losses,
  answered: Told,
): Promise<void> {
  let batch: Batch;
  let logits: Float32Array;
  try {
    batch = batchOf(tasks[0]!.batch);
    logits = await run(size === 1 ? batch : { ...batch, ...stacked(batch, size) });
  } catch (error) {
    for (const { index } of tasks) answered(index, Number.NaN, error);
    return;
  }
  const each = logits.length / size;
  for (const { index } of tasks) {
    const at = (index % stack) * each;
    let value = Number.NaN;
    let reason: unknown;
    try {
      value = loss(batch, logits.subarray(at, at + each));
    } catch (error) {
      reason = error;
    }
    answered(index, value, reason);
  }
}

/** Tells of values when their round is over, in the order of the tasks, whichever came first; failed passes have none. */
export function inOrder<C>(ask: Ask<C>, tell: (task: Query<C>, value: number) => void): Ask<C> {
  return async (tasks, listener) => {
    const values = new Map<number, number>();
    const answered: Told = (index, value, reason) => {
      if (reason === undefined && !values.has(index)) values.set(index, value);
      listener.answered(index, value, reason);
    };
    try {
      await ask(tasks, { ...listener, answered });
    } finally {
      for (const task of tasks) {
        const value = values.get(task.index);
        if (value !== undefined) tell(task, value);
      }
    }
  };
}
