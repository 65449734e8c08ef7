/** How a task comes by its answer, whatever broker carries it: what a worker says of it, and how the run takes that once. */
import { RelizoError } from "../../error.ts";
import type { Answer, Evaluator } from "../../evaluate/policy.ts";
import type { Task } from "../../evaluate/task.ts";
import { orAborted } from "./wait.ts";
import { type Refusal, readResult, type Said } from "./wire.ts";

/** A task that waits for its answer. */
export interface Waiting {
  readonly digest: Uint8Array;
  settle(said: Said): void;
}

/**
 * What this worker's evaluator says of a task; rejects where another worker should try, or where the signal aborts.
 *
 * @param fail  told where this worker itself is at fault, such as a module that does not load
 */
export async function sayOf<C>(
  evaluator: Evaluator<C>,
  task: Task<C>,
  given: AbortSignal,
  fail: (error: RelizoError) => void,
): Promise<Said> {
  try {
    const [answer] = await orAborted(evaluator.evaluate([task], given), given);
    if (answer === undefined) throw new RelizoError("EVALUATOR", `${evaluator.name}: no answer.`);
    return { answer };
  } catch (error) {
    if (given.aborted || !(error instanceof RelizoError)) throw error;
    if (error.code === "VALUE") return { mistake: error.message };
    if (error.code !== "EVALUATOR") fail(error);
    throw error;
  }
}

/** Hands what a worker said to the task that was asked, which no longer waits then; or says why not. */
export function takeResult(
  open: Pick<Map<string, Waiting>, "get" | "delete">,
  key: string,
  data: Uint8Array,
): Refusal | undefined {
  const read = readResult(data);
  if (typeof read === "string") return read;
  const task = open.get(key);
  if (!task) return "not asked for";
  if (!read.digest.every((byte, i) => byte === task.digest[i])) return "for another candidate";
  open.delete(key);
  task.settle(read.said);
  return undefined;
}

/** The answer; throws where there is none: VALUE for the caller's mistake, else EVALUATOR. */
export function answerOf(broker: string, said: Said): Answer {
  if ("answer" in said) return said.answer;
  if ("mistake" in said) throw new RelizoError("VALUE", said.mistake);
  throw new RelizoError("EVALUATOR", `${broker}: ${said.lost}`);
}
