import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Broker, natsServer, startBroker } from "../../../scripts/nats.ts";
import { RelizoError } from "../../error.ts";
import { askBy, type Evaluator } from "../../evaluate/policy.ts";
import { askInline, byTasks, type Task } from "../../evaluate/task.ts";
import { minimize } from "../../run/minimize.ts";
import { connectBroker } from "./connect.ts";
import { type NatsOptions, natsEvaluator } from "./evaluator.ts";
import { type ServeOptions, serve } from "./serve.ts";

const server = natsServer();
const options = "path" in server ? {} : { skip: server.reason };
let broker: Broker;

before(async () => {
  if ("path" in server) broker = await startBroker();
});
after(async () => {
  for (const end of ends.reverse()) await end();
  await broker?.stop();
});

/** What a test that failed may have left open. */
const ends: (() => Promise<unknown>)[] = [];

async function connected(servers = broker.url) {
  const nc = await connectBroker({ servers }, "worker");
  ends.push(() => nc.close());
  return nc;
}

async function coordinated(given: Omit<NatsOptions, "servers">, servers = broker.url) {
  const evaluator = await natsEvaluator({ servers, ...given });
  ends.push(() => evaluator.close());
  return evaluator;
}

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
  const nc = await connected();
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
  const evaluator = await coordinated({ run });
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
  const evaluator = await coordinated({ run: "bits" });
  const answers = await evaluator.evaluate(
    values.map((_, i) => task(i)),
    never,
  );
  assert.deepEqual(answers, values);
  await evaluator.close();
  await one.end();
});

/** Waits until it holds, for half a minute. */
async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    assert.notEqual(tries, 600, `it never held: ${holds}`);
    await later(50, undefined);
  }
}

test("without a worker a run waits and says so, and goes on when one comes", options, async () => {
  const said: string[] = [];
  const evaluator = await natsEvaluator({
    servers: broker.url,
    run: "alone",
    log: (line) => said.push(line),
  });
  assert.deepEqual([evaluator.workers, evaluator.capacity], [0, Infinity]);
  const answers = evaluator.evaluate([task(4)], never);
  await until(() => /1 tasks wait and no worker is there/.test(said.join()));
  const one = await worker("alone", ([x]) => x!);
  assert.deepEqual(await answers, [4]);
  await one.end();
  await until(() => evaluator.workers === 0);
  await evaluator.close();
});

test(
  "a withdrawn task is dropped by whoever works on it, and is not computed if nobody does",
  options,
  async () => {
    const asked: number[] = [];
    const dropped: number[] = [];
    const outcomes: string[] = [];
    const one = await worker(
      "drop",
      (x, signal) => {
        asked.push(x[0]!);
        signal.addEventListener("abort", () => dropped.push(x[0]!));
        return x[0]! < 2 ? new Promise(() => {}) : x[0]!;
      },
      { onTask: ({ outcome, index }) => outcomes.push(`${index} ${outcome}`) },
    );
    const evaluator = await coordinated({ run: "drop" });
    const stop = new AbortController();
    const given = evaluator.evaluate([task(0), task(1)], stop.signal);
    await until(() => asked.length === 1);
    stop.abort(new Error("enough"));
    await assert.rejects(given, /enough/);
    await until(() => dropped.join() === asked.join());
    assert.deepEqual(await evaluator.evaluate([task(2, 1)], never), [2]);
    assert.deepEqual(asked.toSorted(), [asked[0]!, 2].toSorted()); // the one nobody had begun never was
    await until(() => ["2 taken", `${asked[0]} dropped`].every((one) => outcomes.includes(one)));
    assert.deepEqual(await evaluator.evaluate([{ ...task(0), candidate: Float64Array.of(7) }], never), [7]);
    await evaluator.close();
    await one.end();
  },
);

test("a worker that is told to end gives its tasks back at once", options, async () => {
  const evaluator = await coordinated({ run: "back", ackWait: 600 });
  const began: string[] = [];
  const first = await worker(
    "back",
    () => {
      began.push("first");
      return new Promise(() => {});
    },
    { name: "first" },
  );
  const answers = evaluator.evaluate([task(5)], never);
  await until(() => began.length === 1);
  const second = await worker("back", ([x]) => x!, { name: "second" });
  await first.end();
  assert.deepEqual(await answers, [5]);
  await second.end();
  await evaluator.close();
});

test("a broker that is killed and comes back costs a pause, no answer", options, async (t) => {
  const own = await startBroker();
  t.after(own.stop);
  for (const storage of ["file", "memory"] as const) {
    const counts = new Map<number, number>();
    const run = `restart-${storage}`;
    const nc = await connected(own.url);
    const stop = new AbortController();
    const service = serve(
      nc,
      here(([x]) => later(40, x!)),
      { run, slots: 2, signal: stop.signal },
    );
    const evaluator = await coordinated({ run, storage, ackWait: 2 }, own.url);
    const answers = askBy(evaluator)(
      Array.from({ length: 40 }, (_, i) => task(i)),
      {
        signal: never,
        began: () => {},
        answered: (index, value) => {
          assert.equal(value, index);
          counts.set(index, (counts.get(index) ?? 0) + 1);
        },
      },
    );
    await until(() => counts.size > 5);
    await own.restart();
    await answers;
    assert.deepEqual([counts.size, ...new Set(counts.values())], [40, 1]);
    stop.abort();
    await service.ended;
    await nc.close();
    await evaluator.close();
  }
});

test("one run of a name at a time; what a dead one left is removed", options, async () => {
  const evaluator = await coordinated({ run: "once" });
  await assert.rejects(coordinated({ run: "once" }), /run named once is under way/);
  await evaluator.close();
  await assert.rejects(evaluator.evaluate([task(1)], never), /closed/);
  await (await coordinated({ run: "once" })).close();
});

test("a task that no message can hold is refused with what to do", options, async () => {
  const evaluator = await coordinated({ run: "large" });
  const large = { ...task(0), candidate: new Float64Array(200_000) };
  await assert.rejects(evaluator.evaluate([large], never), /max_payload.*kernels\.seeded/);
  await evaluator.close();
});

test("an objective's own mistake ends the run, a worker's own fault only that worker", options, async () => {
  const refusing = (code: "VALUE" | "DATA") => () => Promise.reject(new RelizoError(code, `no ${code}`));
  const evaluator = await coordinated({ run: "fault" });
  const nc = await connected();
  const broken = serve(nc, { ...here(valley), evaluate: refusing("DATA") }, { run: "fault", name: "broken" });
  const ended = broken.ended.catch((error: unknown) => error);
  const first = evaluator.evaluate([task(1)], never);
  assert.match(String(await ended), /no DATA/);
  const good = await worker("fault", ([x]) => x!);
  assert.deepEqual(await first, [1]);
  await good.end();
  const wrong = serve(
    nc,
    { ...here(valley), evaluate: refusing("VALUE") },
    { run: "fault", name: "wrong", once: true },
  );
  await assert.rejects(evaluator.evaluate([task(2)], never), { code: "VALUE", message: "no VALUE" });
  await evaluator.close();
  await wrong.ended;
  await nc.close();
});

test("a task that no worker lives through is given up", options, async () => {
  const evaluator = await coordinated({ run: "deadly", deliveries: 2, ackWait: 0.5 });
  const nc = await connected();
  const dying = { ...here(valley), evaluate: () => Promise.reject(new Error("dead")) };
  const stop = new AbortController();
  const { ended } = serve(nc, dying, { run: "deadly", signal: stop.signal });
  await assert.rejects(evaluator.evaluate([task(1)], never), /2 workers, one after the other/);
  stop.abort();
  await ended;
  await evaluator.close();
  await nc.close();
});
