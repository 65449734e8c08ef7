import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job, JobResult, Value } from "./job.ts";
import { jobsOf, judge, type Plan, plan } from "./tune.ts";

const cell = { problem: "ROSENBR", d: 2, samples: 2 };

const result = (final: Value): JobResult => {
  return {
    final,
    queries: 1,
    iterateQueries: 0,
    searchQueries: 0,
    reused: 0,
    steps: 1,
    outcome: "steps",
    curve: [],
  };
};

/** Three variants. */
const tries = [
  { lr: 1 },
  { lr: 2, momentum: 0.5 },
  { lr: 3, momentum: 0.9 },
  { lr: 4, momentum: 0.9 },
  { lr: 5 },
];
const asked: Plan = { cell, method: "zo-sgd", tries, origin: "tuned" };

/** Finals by learning rate, one for each seed. */
const FINALS: Readonly<Record<number, readonly Value[]>> = {
  1: [0, 90, 90],
  2: [5, 5, 5],
  3: [6, 1, 1],
  4: [7, 0, 0],
  5: [null, 0, 0],
};

test("the first seed picks each variant's learning rate, the mean of all seeds the winner", async () => {
  const jobs: Job[] = [];
  const found = await judge(asked, [0, 1, 2], async (job) => {
    jobs.push(job);
    return result(FINALS[Number(job.settings.lr)]![job.seed]!);
  });
  assert.deepEqual(found.settings, { lr: 3, momentum: 0.9 });
  assert.equal(found.mean, 8 / 3);
  assert.equal(found.tried, 5);
  assert.equal(jobs.length, jobsOf(asked, [0, 1, 2]).length);
  assert.equal(jobs.length, 5 + 3 * 2);
});

test("where every setting fails on some seed, that is what is found", async () => {
  const found = await judge(asked, [0, 1], async (job) => result(job.seed === 1 ? null : 1));
  assert.equal(found.mean, null);
});

test("stored settings are taken as they are, and without them a quick run tries a coarse grid", () => {
  const stored = [{ cell: "ROSENBR/2/2", method: "zo-sgd", settings: { lr: 7 } }] as const;
  assert.deepEqual(plan(cell, "zo-sgd", stored).tries, [{ lr: 7 }]);
  assert.equal(plan(cell, "zo-sgd", stored).origin, "stored");
  assert.equal(plan(cell, "zo-adamm", stored).origin, "coarse");
  assert.equal(plan(cell, "zo-sgd", undefined).origin, "tuned");
});
