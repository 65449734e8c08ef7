/** A long run with a journal: `node --expose-gc long.mjs JOURNAL STEPS SAMPLES`; prints what it took, as JSON. */
import { statSync } from "node:fs";
import { askInline } from "../../../src/evaluate/task.ts";
import { relizo } from "../../../src/index.ts";
import { openJournal } from "../../../src/journal/file/index.ts";
import { minimizeRecorded } from "../../../src/journal/index.ts";

const [path = "", ...numbers] = process.argv.slice(2);
const [steps = 0, samples = 0] = numbers.map(Number);
const SETTINGS = { samples, lineSearch: "none", lr: 1e-3 } as const;
/** How often the heap is looked at over the run. */
const LOOKS = 50;

const X0 = Float64Array.from({ length: 16 }, (_, i) => Math.sin(i));
/** Its minimum wanders off for ever, so that values go on changing. */
const value = (x: Float64Array): number =>
  x.reduce((sum, xi, i) => sum + Math.sqrt(1 + (1 + i) * xi * xi), 0);

const heap: { step: number; bytes: number }[] = [];
let queries = 0;
const began = performance.now();
const journal = await openJournal(path, { said: console.error });
const opened = performance.now();
let first: number | undefined;
const replayed = journal.rounds;
const solution = await minimizeRecorded(
  askInline((x) => {
    first ??= performance.now();
    queries++;
    return value(x);
  }),
  X0,
  {
    journal,
    settings: SETTINGS,
    method: relizo(SETTINGS),
    maxSteps: steps,
    maxQueries: Number.MAX_SAFE_INTEGER,
    onStep({ step }) {
      if (step % Math.ceil(steps / LOOKS) !== 0) return;
      globalThis.gc?.();
      heap.push({ step, bytes: process.memoryUsage().heapUsed });
    },
  },
);
const ended = performance.now();
await journal.close();
console.log(
  JSON.stringify({
    hashes: solution.hashes,
    steps: solution.steps,
    queries: solution.queries,
    asked: queries,
    rounds: journal.rounds,
    replayed,
    bytes: statSync(path).size,
    openSeconds: (opened - began) / 1000,
    /** Until the first new query, or the end where there was none. */
    resumeSeconds: ((first ?? ended) - began) / 1000,
    seconds: (ended - began) / 1000,
    heap,
  }),
);
