/** One call shared among threads: its caller offers strips, does others meanwhile, and takes back what nobody has begun. */
import { awaitFinish, claim, close, createBoard, failure, finished, isFinished, offer } from "./board.ts";
import { type Job, serve } from "./job.ts";
import { inputPart, outPart, sumsOf, sumsPart, type Task, type Vector, type Workman } from "./strips.ts";

/** Who shares a call out, and how. */
export interface Team {
  /** The caller's own hands. */
  readonly workman: Workman;
  /** Tells the threads. */
  readonly post: (job: Job) => void;
  /** Where strips lie that are under way, and how many there is room for. */
  readonly stage: SharedArrayBuffer;
  readonly slots: number;
  /** How long to wait for a strip that a thread has begun [ms]. */
  readonly patience: number;
}

/** How far the caller may be ahead of the oldest strip under way: sums wait for those before them. */
const AHEAD = 64;

/**
 * @param keep  takes the sums of strips, in any order
 * @returns why it failed, if it did: then threads may still be at work
 */
export function share(
  team: Team,
  task: Task,
  keep: (strip: number, sums: Float64Array) => void,
): string | undefined {
  const { workman, slots, patience } = team;
  const board = createBoard(slots);
  const job: Job = { task: abroad(task), board, stage: team.stage };
  const strips = Math.ceil(task.length / task.strip);
  const underWay: number[] = []; // oldest first
  team.post(job);
  try {
    for (let [next, drained] = [0, 0]; next < strips || underWay.length > 0; ) {
      const seen = finished(board);
      if (underWay.length > 0 && isFinished(board, drained % slots)) {
        take(task, job, underWay.shift()!, drained++ % slots, keep);
      } else if (next < strips && underWay.length < slots) {
        fill(task, job, next, (drained + underWay.length) % slots);
        underWay.push(next);
        offer(board, next++);
      } else if (next < strips && next < underWay[0]! + AHEAD) {
        const sums = workman(task, next);
        if (sums) keep(next, sums);
        next++;
      } else {
        const slot = claim(board);
        if (slot !== undefined) serve(workman, job, slot);
        else if (failure(board) !== undefined) return failure(board);
        else if (!awaitFinish(board, seen, patience))
          return `it did not come back within ${patience / 1000} s`;
      }
    }
    return undefined;
  } finally {
    while (claim(board) !== undefined); // nobody begins another one
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
