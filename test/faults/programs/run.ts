/** A run with a journal: `node run.mjs JOURNAL`. Some of its queries take long, so that rounds are open when it is killed. */
import { setTimeout as pause } from "node:timers/promises";
import type { Ask } from "../../../src/evaluate/task.ts";
import { uniforms } from "../../../src/index.ts";
import { openJournal } from "../../../src/journal/file/index.ts";
import { Journal, minimizeRecorded } from "../../../src/journal/index.ts";

const [path] = process.argv.slice(2);
const X0 = Float64Array.from({ length: 6 }, (_, i) => Math.sin(3 * i));
const STEPS = 24;

const value = (x: Float64Array): number =>
  x.reduce((sum, value, i) => sum + (1 + i) * (value - 1) ** 2 + Math.cos(5 * value), 0);

/** Steps whose round of samples stays open for longer than answers wait to be written. */
const SLOW: readonly number[] = [4, 15];

/** All of a round at once, as machines would; they end in any order, and some fail. */
const ask: Ask = async (tasks, { began, answered }) => {
  await Promise.all(
    tasks.map(async ({ candidate, round, index, step }) => {
      began();
      const [chance, length] = uniforms({ seed: 77, step: round }, index, 2);
      if (index === 0 && tasks.length > 1 && SLOW.includes(step)) await pause(500);
      else await pause(4 * length!);
      answered(index, chance! > 0.95 ? Number.NaN : value(candidate));
    }),
  );
};

const said: string[] = [];
const journal = path ? await openJournal(path, { said: (message) => said.push(message) }) : Journal.nowhere();
const { hashes, queries, steps, outcome } = await minimizeRecorded(ask, X0, {
  journal,
  seed: 11,
  maxSteps: STEPS,
});
await journal.close();
console.log(JSON.stringify({ hashes, queries, steps, outcome }));
console.error(said.join("\n"));
