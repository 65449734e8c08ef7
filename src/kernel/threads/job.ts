/** What threads are told. */
import { type Board, finish, stripIn } from "./board.ts";
import { sumsPart, type Task, type Workman } from "./strips.ts";

/** The first message to a thread. */
export interface Setup {
  readonly binary: string;
  readonly table: Float32Array;
}

/** Every other message: one call. */
export interface Job {
  readonly task: Task;
  readonly board: Board;
  readonly stage: SharedArrayBuffer;
}

/** Does the strip in a slot that was claimed; what is not shared of it comes to lie in the slot. */
export function serve(workman: Workman, { task, board, stage }: Job, slot: number): void {
  const place = { stage, slot };
  const sums = workman(task, stripIn(board, slot), place);
  if (sums) sumsPart(sums.length, place).set(sums);
  finish(board, slot);
}
