/** Figures of a held-out set. */
import type { Metrics, Task } from "../task/task.ts";
import type { Forward } from "./forward.ts";

/**
 * Runs all examples through the model, in batches of texts of like length so that little is padding.
 *
 * @param size  examples a batch
 * @cost one forward pass a batch
 */
export async function measure<E>(
  task: Task<E, unknown>,
  examples: readonly E[],
  run: Forward,
  size: number,
): Promise<Metrics> {
  const tally = task.tally();
  for (let begin = 0; begin < examples.length; begin += size) {
    const batch = task.encode(examples.slice(begin, begin + size));
    tally.add(batch, await run(batch));
  }
  return tally.result();
}

/** The examples in order of length, as the task encodes them: for `measure`, whose figures do not depend on the order. */
export function byLength<E>(task: Task<E, unknown>, examples: readonly E[]): E[] {
  const lengths = new Map(examples.map((example) => [example, task.encode([example]).tokens]));
  return [...examples].sort((a, b) => (lengths.get(a) ?? 0) - (lengths.get(b) ?? 0));
}
