/**
 * The memory that threads share for one call. Its caller offers strips of the work, one slot each; whoever is idle claims the
 * next one. A board serves one call, so a thread that comes late finds it closed and touches nothing.
 */

/** Strips that were offered so far; below zero once the board is closed. */
const OFFERED = 0;
/** Strips that were claimed so far, in the order of the offers. */
const CLAIMED = 1;
/** Strips that were finished so far, in whatever order. */
const FINISHED = 2;
/** Characters of what went wrong, from MESSAGE on. */
const FAILED = 3;
const MESSAGE = 4;
const LONGEST = 200;
/** Two words for each slot: its strip, and whether that is finished. */
const SLOTS = MESSAGE + LONGEST;

/** A call's words, and the slots for strips under way. */
export type Board = Int32Array;

export function createBoard(slots: number): Board {
  return new Int32Array(new SharedArrayBuffer(4 * (SLOTS + 2 * slots)));
}

/** The strip is anyone's, in the slot of the offer's number; this slot must be free. */
export function offer(board: Board, strip: number): void {
  const slot = slotOf(board, board[OFFERED]!);
  board[SLOTS + 2 * slot] = strip;
  Atomics.store(board, SLOTS + 2 * slot + 1, 0);
  Atomics.add(board, OFFERED, 1);
  Atomics.notify(board, OFFERED, 1);
}

/** No more offers; threads that wait for one go home. */
export function close(board: Board): void {
  Atomics.store(board, OFFERED, -1);
  Atomics.notify(board, OFFERED);
}

/** Whether nobody works on any strip of a board that is closed. */
export function isLeft(board: Board): boolean {
  return Atomics.load(board, CLAIMED) === Atomics.load(board, FINISHED);
}

/** The slot of the next strip that nobody has claimed. */
export function claim(board: Board): number | undefined {
  for (;;) {
    const claimed = Atomics.load(board, CLAIMED);
    if (claimed >= Atomics.load(board, OFFERED)) return undefined;
    if (Atomics.compareExchange(board, CLAIMED, claimed, claimed + 1) === claimed)
      return slotOf(board, claimed);
  }
}

/** As `claim`, but waits for an offer: undefined where the board is closed. */
export function awaitClaim(board: Board): number | undefined {
  for (;;) {
    const offered = Atomics.load(board, OFFERED);
    const slot = claim(board);
    if (slot !== undefined || offered < 0) return slot;
    Atomics.wait(board, OFFERED, offered);
  }
}

export function stripIn(board: Board, slot: number): number {
  return board[SLOTS + 2 * slot]!;
}

export function finish(board: Board, slot: number): void {
  Atomics.store(board, SLOTS + 2 * slot + 1, 1);
  Atomics.add(board, FINISHED, 1);
  Atomics.notify(board, FINISHED);
}

export function isFinished(board: Board, slot: number): boolean {
  return Atomics.load(board, SLOTS + 2 * slot + 1) === 1;
}

/** A thread gives up. */
export function fail(board: Board, why: string): void {
  const said = why.slice(0, LONGEST);
  for (let i = 0; i < said.length; i++) board[MESSAGE + i] = said.charCodeAt(i);
  Atomics.store(board, FAILED, said.length);
  Atomics.add(board, FINISHED, 1);
  Atomics.notify(board, FINISHED);
}

/** Why a thread gave up, if one did. */
export function failure(board: Board): string | undefined {
  const length = Atomics.load(board, FAILED);
  return length === 0 ? undefined : String.fromCharCode(...board.subarray(MESSAGE, MESSAGE + length));
}

export function finished(board: Board): number {
  return Atomics.load(board, FINISHED);
}

/** How long a wait is spent looking, before sleep: whoever sleeps on a busy machine loses the core for longer [ms]. */
const LOOKING = 1;

/**
 * Until more than `seen` strips are finished, or a thread has failed.
 *
 * @param patience  how long at most [ms]
 * @returns whether that came to pass
 */
export function awaitFinish(board: Board, seen: number, patience: number): boolean {
  const from = performance.now();
  for (let spent = 0; spent < patience; spent = performance.now() - from) {
    if (finished(board) !== seen) return true;
    if (spent > LOOKING && maySleep(board)) Atomics.wait(board, FINISHED, seen, patience - spent);
  }
  return finished(board) !== seen;
}

/** Not on the main thread of a page. */
function maySleep(board: Board): boolean {
  try {
    return Atomics.wait(board, OFFERED, 0, 0) !== undefined;
  } catch {
    return false;
  }
}

/** Offers take the slots in turn. */
function slotOf(board: Board, number: number): number {
  return number % ((board.length - SLOTS) / 2);
}
