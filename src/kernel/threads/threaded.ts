/** The kernels' contract, each call on one thread or on all of a pool, whichever takes less time. */
import { RelizoError } from "../../error.ts";
import { BLOCK, type SeedKernels, type SeedKind } from "../seeds.ts";
import { mirror, type WasmSeeds } from "../wasm/index.ts";
import { pays } from "./pays.ts";
import type { Pool } from "./pool.ts";
import { share, type Team } from "./share.ts";
import { createWorkman, MOST_SUMS, SLOT, STRIP, type Task } from "./strips.ts";

export interface ThreadedSeeds extends SeedKernels {
  /** How many work on a call, the caller's among them. */
  readonly threads: number;
  /** Ends the threads. Calls go on with the caller's alone. */
  close(): void;
}

/** Slots for each thread: one strip that it works on, one that it finds next, one that it has finished. */
const SLOTS = 3;

/**
 * @param patience  how long to wait for a strip that a thread has begun, milliseconds of work, before that one is given up [ms]
 * @param isWorth   which calls are shared out
 */
export function threadedSeeds(
  kernels: WasmSeeds,
  { size, post, lost, close }: Pool,
  patience: number = 10_000,
  isWorth: (task: Task) => boolean = pays,
): ThreadedSeeds {
  const slots = SLOTS * size;
  const stage = new SharedArrayBuffer(slots * SLOT);
  const team: Team = { workman: createWorkman(kernels), post, stage, slots, patience };
  let isOpen = size > 0;
  let failed: string | undefined;
  const isShared = (task: Task): boolean => isOpen && isWorth(task);
  const run = (task: Task, keep: (strip: number, sums: Float64Array) => void = ignore): void => {
    try {
      failed ??= lost() ?? share(team, task, keep);
    } catch (error) {
      failed = String(error); // threads may still be at work in the stage
      throw error;
    }
    if (failed === undefined) return;
    throw new RelizoError(
      "BACKEND",
      `a thread of the kernels failed: ${failed}. After close() they go on with one, and the same numbers.`,
    );
  };
  const summed = (task: Task, width: number): Float64Array => {
    const total = new Float64Array(width);
    run(task, inOrder(total));
    return total;
  };
  return {
    ...kernels,
    threads: size + 1,
    perturb(kind, out, x, begin, seeds, stored) {
      const work = { name: "perturb", kind, seeds, c: stored?.[0] ?? 0 } as const;
      const task = {
        work,
        length: x.length,
        strip: STRIP,
        begin,
        inputs: stored ? [x, stored[1]] : [x],
        out,
      };
      if (isShared(task)) run(task);
      else kernels.perturb(kind, out, x, begin, seeds, stored);
    },
    outer(out, x, begin, rank, a, b) {
      const task: Task = {
        work: { name: "outer", rank, a, b },
        length: x.length,
        strip: STRIP,
        begin,
        inputs: [x],
        out,
      };
      if (isShared(task)) run(task);
      else kernels.outer(out, x, begin, rank, a, b);
    },
    along(kind, seeds, v, begin) {
      const task: Task = {
        work: { name: "along", kind, seeds },
        length: v.length,
        strip: STRIP,
        begin,
        inputs: [v],
      };
      return isShared(task) ? summed(task, seeds.length) : kernels.along(kind, seeds, v, begin);
    },
    gram(kind, d, rows, others) {
      const work = { name: "gram", kind, rows, others } as const;
      const task: Task = {
        work,
        length: d,
        strip: stripFor(kind, rows.length * others.length),
        begin: 0,
        inputs: [],
      };
      if (!isShared(task)) return kernels.gram(kind, d, rows, others);
      const products = summed(task, rows.length * others.length);
      if (rows === others) mirror(products, rows.length);
      return products;
    },
    close() {
      isOpen = false;
      close();
    },
  };
}

function ignore(): void {}

/** Shorter strips where many seeds make many sums of each block. */
function stripFor(kind: SeedKind, width: number): number {
  const blocks = Math.floor(MOST_SUMS / width);
  return kind === "gaussian" && blocks > 0 ? Math.min(STRIP, BLOCK * blocks) : STRIP;
}

/** Adds the sums of blocks to a total: strip after strip, whatever the order in which these come. */
function inOrder(total: Float64Array): (strip: number, sums: Float64Array) => void {
  const waiting = new Map<number, Float64Array>();
  let next = 0;
  return (strip, sums) => {
    waiting.set(strip, sums);
    for (let first = waiting.get(next); first; first = waiting.get(++next)) {
      for (let at = 0; at < first.length; at += total.length)
        for (let i = 0; i < total.length; i++) total[i]! += first[at + i]!;
      waiting.delete(next);
    }
  };
}
