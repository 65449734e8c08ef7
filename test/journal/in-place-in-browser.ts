/** A run in place that is the same in Node, on a page and in a worker, and slow enough for snapshots where it is told so. */
import { relizo } from "../../src/index.ts";
import { type Journal, minimizeRecordedInPlace } from "../../src/journal/index.ts";
import { openKernels } from "../../src/run/kernels.ts";
import type { Found } from "./in-browser.ts";

export interface FoundInPlace extends Found {
  /** The round that the sitting began with. */
  readonly from: number;
}

/** @param slow  milliseconds that every query takes */
export async function inPlaceInBrowser(journal: Journal, steps: number, slow = 0): Promise<FoundInPlace> {
  const kernels = await openKernels({ prefer: ["js"] });
  const x = Float32Array.from({ length: 3000 }, (_, i) => ((i * 37) % 101) / 500 - 0.1);
  let asked = 0;
  let from: number | undefined;
  try {
    const { hashes, queries } = await minimizeRecordedInPlace(
      async (x: Float32Array) => {
        asked++;
        if (slow > 0) await new Promise((resolve) => setTimeout(resolve, slow));
        let sum = 0;
        for (let i = 0; i < x.length; i++) sum += (1 + (i % 3)) * (x[i]! - 0.05) * (x[i]! - 0.05);
        return sum;
      },
      x,
      {
        space: kernels.seeded({ copy: false }),
        method: relizo({ radius: 1e-3, samples: 3, momentum: 0.9, lineSearch: "none", lr: 1e-4 }),
        journal,
        seed: 8,
        maxSteps: steps,
        maxQueries: 100_000,
        onStep() {
          from ??= journal.mark.round - 1;
        },
      },
    );
    return { ...hashes, queries, asked, from: from ?? -1 };
  } finally {
    kernels.close();
    await journal.close();
  }
}
