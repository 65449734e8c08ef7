/** Figures of a held-out set. */
import type { Batch, Metrics, Task } from "../task/task.ts";
import type { Forward } from "./forward.ts";

/**
 * Runs all examples through the model, in batches of texts of like length so that little is padding.
 *
 * @param size   examples a batch
 * @param lanes  batches that are run at the same time. Default 1; figures are the same
 * @cost one forward pass a batch
 */
export async function measure<E>(
  task: Task<E, unknown>,
  examples: readonly E[],
  run: Forward,
  size: number,
  lanes = 1,
): Promise<Metrics> {
  const tally = task.tally();
  const under: Promise<readonly [Batch, Float32Array]>[] = [];
  const take = async (): Promise<void> => {
    const [next] = await Promise.all(under.splice(0, 1));
    if (next) tally.add(...next);
  };
  for (let begin = 0; begin < examples.length; begin += size) {
    const batch = task.encode(examples.slice(begin, begin + size));
    const logits = run(batch).then((found) => [batch, found] as const);
    logits.catch(() => {}); // told when its turn comes
    under.push(logits);
    if (under.length >= lanes) await take();
  }
  while (under.length > 0) await take();
  return tally.result();
}

/** The examples in order of length, as the task encodes them: for `measure`, whose figures do not depend on the order. */
export function byLength<E>(task: Task<E, unknown>, examples: readonly E[]): E[] {
  const lengths = new Map(examples.map((example) => [example, task.encode([example]).tokens]));
  return [...examples].sort((a, b) => (lengths.get(a) ?? 0) - (lengths.get(b) ?? 0));
}
