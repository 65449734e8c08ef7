import assert from "node:assert/strict";
import { test } from "node:test";
import { memory } from "../../test/journal/memory-store.ts";
import { askInline } from "../evaluate/task.ts";
import { createMethod } from "../method/index.ts";
import { mezo } from "../method/mezo.ts";
import { openKernels, type SeededOptions } from "../run/kernels.ts";
import { hashOf } from "./digest.ts";
import { Journal } from "./journal.ts";
import { minimizeRecordedInPlace } from "./minimize-in-place.ts";
import { minimizeRecorded } from "./minimize-recorded.ts";
import { replayJournal, replayJournalInPlace } from "./replay.ts";

const X0 = Float64Array.of(3, -2, 0.5, 1);
function bowl(x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (i + 1) * (x[i]! - 1) ** 2;
  return sum;
}

test("after any round, a replay has the iterate, the best point and the counts that the run had", async () => {
  const store = memory();
  const settings = { samples: 3 };
  const method = createMethod("relizo", settings);
  const journal = await Journal.open(store);
  const seen = [{ iterate: hashOf(X0), value: Number.NaN, queries: 0, best: hashOf(X0) }];
  const bounds = { upper: 2.5 };
  const x0 = X0.map((value) => Math.min(value, 2.5));
  const options = { journal, method, settings, bounds, seed: 4, maxSteps: 8 };
  seen[0] = { ...seen[0]!, iterate: hashOf(x0), best: hashOf(x0) };
  const solution = await minimizeRecorded(askInline(bowl), x0, {
    ...options,
    onStep({ state: { state, best, queries } }) {
      seen.push({ iterate: hashOf(state.x), value: state.value, queries, best: hashOf(best.x) });
    },
  });
  for (let at = 0; at < seen.length; at++) {
    const { hashes, value, queries } = await replayJournal(store.parts.journal, x0, { at, bounds });
    assert.deepEqual({ iterate: hashes.iterate, value, queries, best: hashes.x }, seen[at], `${at}`);
  }
  const end = await replayJournal(store.parts.journal, x0, { bounds });
  assert.equal(end.rounds, seen.length - 1);
  assert.deepEqual(end.state, solution.state);
  assert.deepEqual([end.hashes.trajectory, end.hashes.x], [solution.hashes.trajectory, solution.hashes.x]);
});

test("minibatches are replayed as they were", async () => {
  const store = memory();
  const journal = await Journal.open(store);
  const batch = (step: number): number => step % 3;
  const { hashes } = await minimizeRecorded(askInline(bowl), X0, { journal, batch, maxSteps: 6 });
  const replayed = await replayJournal(store.parts.journal, X0);
  assert.deepEqual([replayed.hashes.trajectory, replayed.hashes.x], [hashes.trajectory, hashes.x]);
});

test("what is not the run's own is refused by name", async () => {
  const store = memory();
  const journal = await Journal.open(store);
  await minimizeRecorded(askInline(bowl), X0, { journal, method: mezo({ lr: 0.01 }), maxSteps: 6 });
  const bytes = store.parts.journal;
  const method = mezo({ lr: 0.01 });
  const refused = (replay: Promise<unknown>, code: string, message: RegExp): Promise<void> =>
    assert.rejects(replay, { code, message });
  await refused(replayJournal(bytes, X0), "OPTION", /does not say how its method, mezo, was made/);
  await refused(replayJournal(bytes, X0, { method, at: 7 }), "OPTION", /from 0 to 6, .* got 7/);
  await refused(replayJournal(bytes, X0.map(Math.abs), { method }), "JOURNAL", /the start/);
  await refused(replayJournal(bytes, X0, { method, bounds: { lower: 0 } }), "JOURNAL", /the bounds/);
  await refused(replayJournal(bytes, X0, { method: mezo({ lr: 0.02 }) }), "JOURNAL", /other points at round/);
  await refused(replayJournalInPlace(bytes, Float32Array.from(X0), { method }), "JOURNAL", /dense/);
  await refused(replayJournal(bytes.subarray(0, 20), X0, { method }), "JOURNAL", /no whole header/);
  assert.equal((await replayJournal(bytes, X0, { method })).rounds, 6);
});

const DIRECTIONS: readonly Partial<SeededOptions>[] = [
  { directions: "rademacher" },
  { directions: "gaussian" },
  { directions: "low-rank", rank: 1, lazy: 3 },
];

for (const directions of DIRECTIONS)
  test(`over ${directions.directions} directions, parameters are replayed in place, by other kernels too`, async () => {
    const start = (): Float32Array => Float32Array.from({ length: 300 }, (_, i) => Math.sin(i));
    const store = memory();
    const journal = await Journal.open(store);
    const x = start();
    const iterates = [hashOf(x)];
    const space = (await openKernels({ prefer: ["js"] })).seeded(directions);
    const settings = { samples: 4, lr: 1e-4, radius: 1e-3 };
    const { hashes } = await minimizeRecordedInPlace(bowl, x, {
      journal,
      space,
      method: createMethod("zo-sgd", settings),
      settings,
      maxSteps: 7,
      onStep: () => {
        iterates.push(hashOf(x));
      },
    });
    for (const at of [0, 1, 4]) {
      const y = start();
      await replayJournalInPlace(store.parts.journal, y, { at });
      assert.equal(hashOf(y), iterates[at], `${at}`);
    }
    const y = start();
    const end = await replayJournalInPlace(store.parts.journal, y);
    assert.deepEqual(end.hashes, hashes);
    assert.deepEqual(y, x);
  });
