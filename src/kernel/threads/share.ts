/** One call shared among threads: its caller offers strips, does others meanwhile, and takes back what nobody has begun. */
import {
  awaitFinish,
  type Board,
  claim,
  close,
  failure,
  finish,
  finished,
  isFinished,
  offer,
} from "./board.ts";
import { type Job, serve } from "./job.ts";
import { inputPart, outPart, sumsOf, sumsPart, type Task, type Vector, type Workman } from "./strips.ts";

/** Who shares a call out, and how. */
export interface Team {
  /** The caller's own hands. */
  readonly workman: Workman;
  /** Tells the threads. */
  readonly post: (job: Job) => void;
  /** How long to wait for a strip that a thread has begun in a shared array [ms]. */
  readonly patience: number;
}

/** Where the strips of a call lie that are under way, and how many there is room for. */
export interface Stage {
  readonly board: Board;
  readonly stage: SharedArrayBuffer;
  readonly slots: number;
}

/** How far the caller may be ahead of the oldest strip under way: sums wait for those before them. */
const AHEAD = 64;

/**
 * Where threads write to slots alone, nobody is waited for: what takes them much longer than it would take the caller, as
 * happens to a thread whose core another program has, the caller does again. Where they write to shared arrays, that is no
 * way out, for they may yet come back.
 *
 * @param keep  takes the sums of strips, in any order
 * @returns why it failed, if it did: then threads may still be at work
 */
export function share(
  { workman, post, patience }: Team,
  { board, stage, slots }: Stage,
  task: Task,
  keep: (strip: number, sums: Float64Array) => void,
): string | undefined {
  const job: Job = { task: abroad(task), board, stage };
  const mayRedo = typeof job.task.out !== "object";
  const strips = Math.ceil(task.length / task.strip);
  const underWay: number[] = []; // oldest first
  let [next, drained, lap, isLate] = [0, 0, 1, false];
  const own = (strip: number): void => {
    const from = performance.now();
    const sums = workman(task, strip);
    if (sums) keep(strip, sums);
    lap = performance.now() - from;
  };
  post(job);
  try {
    while (next < strips || underWay.length > 0) {
      const seen = finished(board);
      const [oldest = next] = underWay;
      if (oldest < next && isFinished(board, drained % slots)) {
        take(task, job, oldest, drained % slots, keep);
        underWay.shift();
        drained++;
      } else if (next < strips && underWay.length < slots && !isLate) {
        fill(task, job, next, (drained + underWay.length) % slots);
        underWay.push(next);
        offer(board, next++);
      } else if (next < strips && next < oldest + AHEAD) {
        own(next++);
      } else {
        const slot = claim(board);
        if (slot !== undefined) serve(workman, job, slot);
        else if (failure(board) !== undefined) return failure(board);
        else if (!awaitFinish(board, seen, mayRedo ? (isLate ? 0 : lap) : patience)) {
          if (!mayRedo) return `it did not come back within ${patience / 1000} s`;
          isLate = true; // its slot is not free, so there are no more offers
          own(oldest);
          underWay.shift();
          drained++;
        }
      }
    }
    return failure(board);
  } finally {
    for (let slot = claim(board); slot !== undefined; slot = claim(board)) finish(board, slot); // nobody begins it
    close(board);
  }
}

/** The task as other threads see it: of a vector that is not shared, where in a slot its strips begin. */
function abroad(task: Task): Task {
  const seen = (vector: Vector): Vector =>
    typeof vector === "number" || vector.buffer instanceof SharedArrayBuffer
      ? vector
      : (vector.byteOffset / 4) % 2 === 0
        ? 0
        : 1;
  return { ...task, inputs: task.inputs.map(seen), ...(task.out !== undefined && { out: seen(task.out) }) };
}

/** Lays into a slot what is not shared of a strip. */
function fill(task: Task, job: Job, strip: number, slot: number): void {
  for (const [index, vector] of job.task.inputs.entries())
    if (typeof vector === "number")
      inputPart(job.task, index, strip, { stage: job.stage, slot }).set(inputPart(task, index, strip));
}

/** Takes from a slot what is not shared of a finished strip. */
function take(
  task: Task,
  job: Job,
  strip: number,
  slot: number,
  keep: (strip: number, sums: Float64Array) => void,
): void {
  const place = { stage: job.stage, slot };
  const sums = sumsOf(task, strip);
  if (sums > 0) keep(strip, sumsPart(sums, place).slice());
  else if (typeof job.task.out === "number") outPart(task, strip).set(outPart(job.task, strip, place));
}
