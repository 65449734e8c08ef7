/** Figures of a fine-tune beside those of its own evaluations. */
import {
  byLength,
  type FinetuneOptions,
  forward,
  inputsOf,
  lanesOf,
  type Metrics,
  measure,
  prepare,
} from "../../apps/finetune/index.ts";
import { readJournalFile } from "../../src/journal/file/index.ts";
import type { Journal } from "../../src/journal/index.ts";
import type { OnnxModel } from "../../src/onnx/index.ts";
import type { Parameters } from "../../src/parameters/index.ts";

/** Figures of test examples under the model as it came, or with what was trained. */
export async function tested<E>(
  model: OnnxModel,
  own: FinetuneOptions<E>,
  examples: readonly E[],
  trained?: Parameters,
): Promise<Metrics> {
  const prepared = await prepare(model, own.open, own);
  const task = own.task(inputsOf(prepared, own.maxLength));
  const session = await own.open(prepared.model);
  try {
    session.bind(trained ?? prepared.parameters);
    return await measure(
      task,
      byLength(task, examples),
      forward(session, prepared.forward),
      32,
      lanesOf(session),
    );
  } finally {
    await session.close();
  }
}

/** Loss of each minibatch, the mean over its queries, those of earlier sittings included. */
export async function curveOf(journal: Journal): Promise<{ step: number; loss: number }[]> {
  const { rounds } = await readJournalFile(journal.name);
  const sums = new Map<number, { sum: number; count: number }>();
  for (const { batch, values } of rounds) {
    const own = sums.get(batch) ?? { sum: 0, count: 0 };
    for (const value of values) {
      own.sum += value;
      own.count++;
    }
    sums.set(batch, own);
  }
  return [...sums].map(([step, { sum, count }]) => ({ step, loss: sum / count }));
}
