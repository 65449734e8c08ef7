/** The kernels' contract, each call on one thread or on all of a pool, whichever takes less time. */
import { RelizoError } from "../../error.ts";
import { BLOCK, type SeedKernels, type SeedKind } from "../seeds.ts";
import { mirror, type WasmSeeds } from "../wasm/index.ts";
import { createBoard, isLeft } from "./board.ts";
import { pays } from "./pays.ts";
import type { Pool } from "./pool.ts";
import { type Stage, share, type Team } from "./share.ts";
import { createWorkman, MOST_SUMS, SLOT, STRIP, type Task } from "./strips.ts";

export interface ThreadedSeeds extends SeedKernels {
  /** How many work on a call, the caller's among them. */
  readonly threads: number;
  /** Ends the threads. Calls go on with the caller's alone. */
  close(): void;
}

/** Slots for each thread: one strip that it works on, one that it finds next, one that it has finished. */
const SLOTS = 3;
/** Stages at most: one has to wait until the last thread has left it. */
const STAGES = 4;

/**
 * @param patience  how long to wait for a strip that a thread has begun in a shared array, milliseconds of work [ms]
 * @param isWorth   which calls are shared out
 */
export function threadedSeeds(
  kernels: WasmSeeds,
  { size, post, lost, close }: Pool,
  patience: number = 10_000,
  isWorth: (task: Task) => boolean = pays,
): ThreadedSeeds {
  const team: Team = { workman: createWorkman(kernels), post, patience };
  const stages: Stage[] = [];
  let isOpen = size > 0;
  let failed: string | undefined;
  /** An empty stage, with a board of its own for one call. */
  const enter = (): Stage | undefined => {
    const slots = SLOTS * size;
    const at = stages.findIndex(({ board }) => isLeft(board));
    if (at < 0 && stages.length === STAGES) return undefined;
    const stage = stages[at]?.stage ?? new SharedArrayBuffer(slots * SLOT);
    const entered = { board: createBoard(slots), stage, slots };
    stages[at < 0 ? stages.length : at] = entered;
    return entered;
  };
  /** Whether a call was shared out. */
  const isDone = (task: Task, keep: (strip: number, sums: Float64Array) => void = ignore): boolean => {
    const stage = isOpen && isWorth(task) ? enter() : undefined;
    if (!stage) return false;
    failed ??= lost() ?? share(team, stage, task, keep);
    if (failed === undefined) return true;
    throw new RelizoError(
      "BACKEND",
      `a thread of the kernels failed: ${failed}. After close() they go on with one, and the same numbers.`,
    );
  };
  return {
    ...kernels,
    threads: size + 1,
    perturb(kind, out, x, begin, seeds, stored) {
      const work = { name: "perturb", kind, seeds, c: stored?.[0] ?? 0 } as const;
      const inputs = stored ? [x, stored[1]] : [x];
      if (!isDone({ work, length: x.length, strip: STRIP, begin, inputs, out }))
        kernels.perturb(kind, out, x, begin, seeds, stored);
    },
    outer(out, x, begin, rank, a, b) {
      const work = { name: "outer", rank, a, b } as const;
      if (!isDone({ work, length: x.length, strip: STRIP, begin, inputs: [x], out }))
        kernels.outer(out, x, begin, rank, a, b);
    },
    along(kind, seeds, v, begin) {
      const work = { name: "along", kind, seeds } as const;
      const sums = new Float64Array(seeds.length);
      const task = { work, length: v.length, strip: STRIP, begin, inputs: [v] };
      return isDone(task, inOrder(sums)) ? sums : kernels.along(kind, seeds, v, begin);
    },
    gram(kind, d, rows, others) {
      const work = { name: "gram", kind, rows, others } as const;
      const products = new Float64Array(rows.length * others.length);
      const task = { work, length: d, strip: stripFor(kind, products.length), begin: 0, inputs: [] };
      if (!isDone(task, inOrder(products))) return kernels.gram(kind, d, rows, others);
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
