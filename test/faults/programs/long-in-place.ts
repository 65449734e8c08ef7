/** A long run in place with a journal: `node long-in-place.mjs JOURNAL STEPS DIMENSION`; prints what it took, as JSON. */
import { statSync } from "node:fs";
import { relizo } from "../../../src/index.ts";
import { openJournal } from "../../../src/journal/file/index.ts";
import { minimizeRecordedInPlace } from "../../../src/journal/index.ts";
import { openKernels } from "../../../src/run/kernels.ts";

const [path = "", ...numbers] = process.argv.slice(2);
const [steps = 0, dimension = 0] = numbers.map(Number);
const SETTINGS = { samples: 2, radius: 1e-3, lineSearch: "none", lr: 1e-3 } as const;

const x = Float32Array.from({ length: dimension }, (_, i) => ((i * 37) % 101) / 500 - 0.1);
const kernels = await openKernels();
let asked = 0;
const began = performance.now();
const journal = await openJournal(path, { said: console.error });
let first: number | undefined;
let from: number | undefined;
const solution = await minimizeRecordedInPlace(
  (x: Float32Array) => {
    first ??= performance.now();
    asked++;
    let sum = 0;
    for (let i = 0; i < x.length; i += 64) sum += (1 + (i % 3)) * (x[i]! - 0.05) * (x[i]! - 0.05);
    return sum;
  },
  x,
  {
    space: kernels.seeded(),
    journal,
    settings: SETTINGS,
    method: relizo(SETTINGS),
    maxSteps: steps,
    maxQueries: Number.MAX_SAFE_INTEGER,
    onStep() {
      from ??= journal.mark.round - 1;
    },
  },
);
const ended = performance.now();
await journal.close();
kernels.close();
const snapshots = ["snapshot", "snapshot-2"].map(
  (part) => statSync(`${path}.${part}`, { throwIfNoEntry: false })?.size,
);
console.log(
  JSON.stringify({
    hashes: solution.hashes,
    steps: solution.steps,
    queries: solution.queries,
    asked,
    from,
    bytes: statSync(path).size,
    snapshots: snapshots.map((size) => size ?? 0),
    /** Until the first new query, or the end where there was none. */
    resumeSeconds: ((first ?? ended) - began) / 1000,
    seconds: (ended - began) / 1000,
  }),
);
