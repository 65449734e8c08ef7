import assert from "node:assert/strict";
import { test } from "node:test";
import { type Job, runJob } from "./job.ts";
import { createPool } from "./pool.ts";

const jobs = [0, 1, 2, 3, 4].map((seed): Job => {
  const settings = { samples: 3, lr: 0.01 };
  return { problem: "ROSENBR", d: 2, method: "relizo", settings, steps: 40, seed, every: 10 };
});

test("results are the same on any number of threads, and without any", async () => {
  const here = await Promise.all(jobs.map(runJob));
  for (const threads of [1, 3]) {
    const pool = createPool(threads);
    try {
      assert.deepEqual(await Promise.all(jobs.map(pool.run)), here);
    } finally {
      await pool.close();
    }
  }
});

test("a job that cannot be run is rejected with its reason, and the next one runs", async () => {
  const pool = createPool(1);
  try {
    await assert.rejects(pool.run({ ...jobs[0]!, problem: "NONE SUCH" }), /no test problem/);
    assert.deepEqual(await pool.run(jobs[0]!), await runJob(jobs[0]!));
  } finally {
    await pool.close();
  }
});

test("of jobs alike the newest goes first, so that a figure is finished before all others are begun", async () => {
  const pool = createPool(1);
  const order: string[] = [];
  const follow = async (name: string, job: Job): Promise<unknown> =>
    pool.run(job).then(() => order.push(name));
  try {
    const first = follow("first", jobs[0]!).then(() => follow("what it leads to", jobs[0]!));
    await Promise.all([first, ...jobs.map((job, i) => follow(`other ${i}`, job))]);
    assert.ok(order.indexOf("what it leads to") < 4, order.join(", "));
  } finally {
    await pool.close();
  }
});

test("closing rejects what runs, what waits and what comes later", async () => {
  const pool = createPool(1);
  const long = jobs.map((job) => pool.run({ ...job, problem: "SROSENBR", d: 5000, steps: 1e6 }));
  const settled = Promise.allSettled(long);
  await pool.close();
  assert.deepEqual(new Set((await settled).map(({ status }) => status)), new Set(["rejected"]));
  await assert.rejects(pool.run(jobs[0]!), /closed/);
});
