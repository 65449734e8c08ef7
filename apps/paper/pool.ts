/**
 * Runs jobs on worker threads, the long ones first. A job's result depends on the job alone, so it is the same however many
 * threads there are.
 */
import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import { effort, type Job, type JobResult } from "./job.ts";
import { startThread } from "./thread.ts";

/** What a worker sends back. */
export type Answer = { readonly result: JobResult } | { readonly error: string };

export interface Pool {
  readonly threads: number;
  /** Resolves to the job's result; rejects when it cannot be run or the pool was stopped. */
  run(job: Job): Promise<JobResult>;
  /** Ends all threads at once; what waits or runs is rejected. */
  close(): Promise<void>;
}

interface Waiting {
  readonly job: Job;
  readonly effort: number;
  readonly resolve: (result: JobResult) => void;
  readonly reject: (reason: Error) => void;
}

interface Seat {
  readonly worker: Worker;
  busy?: Waiting | undefined;
}

export function createPool(threads: number = availableParallelism()): Pool {
  const waiting: Waiting[] = [];
  const seats: Seat[] = [];
  let closed = false;

  function sit(): Seat {
    const seat: Seat = { worker: startThread() };
    seat.worker.on("message", (answer: Answer) => {
      const served = seat.busy;
      seat.busy = undefined;
      next(seat);
      if ("result" in answer) served?.resolve(answer.result);
      else served?.reject(new Error(answer.error));
    });
    seat.worker.on("error", (error) => give(seat, error));
    seat.worker.on("exit", (code) => give(seat, new Error(`a worker thread ended with code ${code}`)));
    seats.push(seat);
    return seat;
  }

  /** A seat whose thread is gone: its job is rejected, and another thread takes what waits. */
  function give(seat: Seat, reason: Error): void {
    const at = seats.indexOf(seat);
    if (at >= 0) seats.splice(at, 1);
    seat.busy?.reject(reason);
    seat.busy = undefined;
    if (!closed && waiting.length > 0) next(sit());
  }

  function next(seat: Seat): void {
    const chosen = waiting.shift();
    if (chosen === undefined) return;
    seat.busy = chosen;
    seat.worker.postMessage(chosen.job);
  }

  return {
    threads,
    run(job) {
      if (closed) return Promise.reject(new Error("the pool is closed"));
      return new Promise((resolve, reject) => {
        insert(waiting, { job, effort: effort(job), resolve, reject });
        const free =
          seats.find(({ busy }) => busy === undefined) ?? (seats.length < threads ? sit() : undefined);
        if (free) next(free);
      });
    },
    async close() {
      closed = true;
      const stopped = new Error("the pool was closed");
      for (const { reject } of waiting.splice(0)) reject(stopped);
      await Promise.all(seats.slice().map(({ worker }) => worker.terminate()));
    },
  };
}

/** Keeps the list in falling order of effort, the newest of equals first: what completes a figure does not wait for all others. */
function insert(list: Waiting[], one: Waiting): void {
  const at = list.findIndex((other) => other.effort <= one.effort);
  list.splice(at === -1 ? list.length : at, 0, one);
}
