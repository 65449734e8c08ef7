import assert from "node:assert/strict";
import { test } from "node:test";
import { RelizoError } from "../../src/index.ts";
import { problemNamed } from "../../src/problem/index.ts";
import { effort, type Job, runJob } from "./job.ts";

const job: Job = {
  problem: "SROSENBR",
  d: 50,
  method: "relizo",
  settings: { samples: 4, lr: 0.01, lineSearch: "none", normalized: true, reuse: "none" },
  steps: 30,
  seed: 3,
  every: 10,
};

test("without reuse and line search a turn asks the iterate and N samples", async () => {
  const found = await runJob(job);
  assert.equal(found.queries, 30 * 5);
  assert.equal(found.iterateQueries, 30);
  assert.equal(found.searchQueries, 0);
  assert.equal(found.reused, 0);
  assert.equal(found.steps, 30);
});

test("a line search's trials are counted apart, and every query is of one kind", async () => {
  const settings = { samples: 4, lr: 0.01, lineSearch: "armijo", reuse: "samples", maxReuse: 0.5 };
  const found = await runJob({ ...job, settings });
  const fresh = found.queries - found.iterateQueries - found.searchQueries;
  assert.ok(found.searchQueries >= found.steps, "each turn tries one length at least");
  assert.equal(fresh + found.reused, 30 * 4);
});

test("the curve begins at the start, ends at the last iterate and is not counted", async () => {
  const every = await runJob({ ...job, every: 1 });
  const seldom = await runJob(job);
  const problem = problemNamed("SROSENBR");
  assert.equal(every.curve[0], problem.value(problem.start(50)));
  assert.deepEqual(
    seldom.curve,
    every.curve.filter((_, i) => i % 10 === 0),
  );
  assert.equal(every.curve.at(-1), every.final);
  assert.equal(every.queries, seldom.queries);
});

test("a run that diverges ends with null, which survives JSON", async () => {
  const found = await runJob({ ...job, method: "zo-sgd", settings: { samples: 4, lr: 1e300 }, steps: 20 });
  assert.equal(found.final, null);
  assert.deepEqual(JSON.parse(JSON.stringify(found)), found);
});

test("an impossible setting is refused", async () => {
  await assert.rejects(runJob({ ...job, settings: { samples: 0 } }), RelizoError);
});

test("a larger problem is more effort", () => assert.ok(effort({ ...job, d: 5000 }) > effort(job)));
