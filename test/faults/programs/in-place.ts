/** A run in place with a journal, for longer than snapshots are apart: `node in-place.mjs JOURNAL STEPS`. Some of its queries fail. */
import { setTimeout as pause } from "node:timers/promises";
import { relizo, uniforms } from "../../../src/index.ts";
import { openJournal } from "../../../src/journal/file/index.ts";
import { minimizeRecordedInPlace } from "../../../src/journal/index.ts";
import { Parameters } from "../../../src/parameters/index.ts";
import { openKernels } from "../../../src/run/kernels.ts";

const [path = "", steps] = process.argv.slice(2);
/** What a query takes at least [ms]. */
const QUERY = 2;

const floats = (length: number): { readonly data: Float32Array; readonly shape: readonly number[] } => ({
  data: Float32Array.from({ length }, (_, i) => ((i * 37) % 101) / 500 - 0.1),
  shape: [length],
});
const parameters = Parameters.from({ a: floats(30_000), frozen: floats(5000), b: floats(70_001) });
parameters.freeze("frozen");

let asked = 0;
async function objective(all: Parameters, { step }: { readonly step: number }): Promise<number> {
  asked++;
  await pause(QUERY);
  let sum = 0;
  for (const x of all.arrays)
    for (let i = 0; i < x.length; i++) sum += (1 + (i % 3)) * (x[i]! - 0.05) * (x[i]! - 0.05);
  const [chance] = uniforms({ seed: Math.round(1e6 * sum) % 1e6, step }, 0, 1);
  return chance! > 0.99 ? Number.NaN : sum;
}

const kernels = await openKernels();
const said: string[] = [];
const journal = await openJournal(path, { said: (message) => said.push(message) });
const known = journal.rounds;
let from: number | undefined;
const solution = await minimizeRecordedInPlace(objective, parameters, {
  // No copy: x is restored in place; with momentum, the method keeps vectors as long as x.
  space: kernels.seeded({ copy: false }),
  method: relizo({ radius: 1e-3, samples: 3, momentum: 0.9, lineSearch: "none", lr: 1e-4 }),
  journal,
  seed: 11,
  maxSteps: Number(steps),
  maxQueries: 1e6,
  onStep() {
    from ??= journal.mark.round - 1;
  },
});
await journal.close();
kernels.close();
const { hashes, queries, outcome } = solution;
const sitting = { known, from, asked };
console.log(JSON.stringify({ hashes, queries, steps: solution.steps, outcome, sitting }));
console.error(said.join("\n"));
