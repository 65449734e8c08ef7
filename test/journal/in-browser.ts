/** A run that is the same in Node, on a page and in a worker: its objective takes sums and products alone. */
import type { Ask } from "../../src/evaluate/task.ts";
import { type Journal, minimizeRecorded } from "../../src/journal/index.ts";

export interface Found {
  readonly trajectory: string;
  readonly x: string;
  readonly queries: number;
  /** Queries of this sitting. */
  readonly asked: number;
}

/** @param slow  milliseconds that every query takes, all of a round at once */
export async function inBrowser(journal: Journal, steps: number, slow = 0): Promise<Found> {
  let asked = 0;
  const ask: Ask = async (tasks, { began, answered }) => {
    if (slow > 0) await new Promise((resolve) => setTimeout(resolve, slow));
    for (const { candidate, index } of tasks) {
      began();
      asked++;
      answered(
        index,
        candidate.reduce((sum, xi, i) => sum + (i + 1) * (xi - 1) * (xi - 1), 0),
      );
    }
  };
  const x0 = Float64Array.of(3, -2, 0.5, 1, 0);
  try {
    const options = { journal, seed: 8, maxSteps: steps, maxQueries: 100_000 };
    const { hashes, queries } = await minimizeRecorded(ask, x0, options);
    return { ...hashes, queries, asked };
  } finally {
    await journal.close();
  }
}
