import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Broker, natsServer, startBroker } from "../../../scripts/nats.ts";
import { askBy, type Evaluator } from "../../evaluate/policy.ts";
import { askInline, byTasks, type Task } from "../../evaluate/task.ts";
import { minimize } from "../../run/minimize.ts";
import { connectBroker } from "./connect.ts";
import { natsEvaluator } from "./evaluator.ts";
import { type ServeOptions, serve } from "./serve.ts";

const server = natsServer();
const options = "path" in server ? {} : { skip: server.reason };
let broker: Broker;

before(async () => {
  if ("path" in server) broker = await startBroker();
});
after(() => broker?.stop());

/** A valley; -0 and numbers that need every bit come out of it. */
const valley = (x: Float64Array): number => x.reduce((sum, xi, i) => sum + (i + 1) * (xi - 0.3) ** 2, 0);

const later = <T>(ms: number, value: T): Promise<T> => new Promise((r) => setTimeout(r, ms, value));

function here(f: (x: Float64Array, signal: AbortSignal) => number | Promise<number>): Evaluator {
  return {
    name: "here",
    capacity: 1,
    evaluate: (tasks, signal) => Promise.all(tasks.map(async ({ candidate }) => f(candidate, signal))),
    close: async () => {},
  };
}

async function worker(run: string, f: Parameters<typeof here>[0], own: Partial<ServeOptions> = {}) {
  const nc = await connectBroker({ servers: broker.url }, "worker");
  const stop = new AbortController();
  const service = serve(nc, here(f), { run, ...own, signal: stop.signal });
  return {
    service,
    async end() {
      stop.abort();
      await service.ended;
      await nc.close();
    },
  };
}

const task = (index: number, round = 0): Task => ({
  round,
  index,
  step: 0,
  batch: 0,
  candidate: Float64Array.of(index, -0),
});
const never = new AbortController().signal;

test("a run is the same, bit for bit, whoever answers it", options, async () => {
  const run = "same";
  const settings = { seed: 3, maxQueries: 300 };
  const workers = await Promise.all(
    ["a", "b", "c"].map((name, i) => worker(run, (x) => later(i, valley(x)), { name, slots: i + 1 })),
  );
  const evaluator = await natsEvaluator({ servers: broker.url, run });
  const there = await minimize(byTasks(askBy(evaluator)), new Float64Array(12), settings);
  const alone = await minimize(byTasks(askInline(valley)), new Float64Array(12), settings);
  assert.deepEqual(there, alone);
  assert.equal(evaluator.workers, 3);
  assert.equal(evaluator.capacity, 6);
  await evaluator.close();
  for (const one of workers) await one.end();
});

test("every bit of a value arrives, and why an objective failed", options, async () => {
  const values = [-0, Number.NaN, Infinity, -Infinity, 5e-324, 2 ** 53 + 2, 0.1 + 0.2, 7];
  const one = await worker("bits", ([i]) => values[i!] ?? Promise.reject(new Error("no")));
  const evaluator = await natsEvaluator({ servers: broker.url, run: "bits" });
  const answers = await evaluator.evaluate(
    values.map((_, i) => task(i)),
    never,
  );
  assert.deepEqual(answers, values);
  await evaluator.close();
  await one.end();
});
