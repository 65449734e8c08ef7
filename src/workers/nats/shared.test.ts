/** A run over shared parameters: workers hold them by the run's updates, and candidates are seeds. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { type Broker, natsServer, startBroker } from "../../../scripts/nats.ts";
import { alone, bowl, coordinate, start, worker } from "../../../test/shared-run.ts";
import { Parameters } from "../../parameters/parameters.ts";
import { openKernels } from "../../run/kernels.ts";
import type { Candidate, Replica } from "../../space/replica.ts";
import { connectBroker } from "./connect.ts";
import { isShared, replicaEvaluator } from "./replica-evaluator.ts";
import { serve } from "./serve.ts";
import { natsShared } from "./shared.ts";
import { readCandidate, readStream, writeCandidate, writeUpdates } from "./shared-wire.ts";
import { publishUpdates } from "./updates.ts";

const server = natsServer();
const options = "path" in server ? {} : { skip: server.reason };
let broker: Broker;

before(async () => {
  if ("path" in server) broker = await startBroker();
});
after(() => broker?.stop());

test(
  "workers that come, go and join late answer as the run itself would; the broker ends in between",
  options,
  async () => {
    const workers = [await worker(broker.url, "shared", "wasm"), await worker(broker.url, "shared", "js")];
    const { end, bytes, count } = await coordinate(broker.url, "shared", async (round) => {
      if (round === 60) workers.push(await worker(broker.url, "shared", "wasm"));
      if (round === 70) await workers[0]!.end();
      if (round === 20) await broker.restart();
    });
    assert.deepEqual(end, await alone());
    assert.match(workers[2]!.lines.join("\n"), /begins with a snapshot of run shared after \d+ updates/);
    assert.ok(count > 20 && bytes < 1000 * count, `${bytes} bytes in ${count} updates`);
    await Promise.all(workers.map((one) => one.end()));
  },
);

test(
  "a replica that differs is told so, catches up afresh, and answers as the run itself would",
  options,
  async () => {
    let lost = false;
    const one = await worker(broker.url, "differs", "wasm", bowl, start(), (space) => ({
      ...space,
      replica(parameters, vectors) {
        const replica = space.replica(parameters, vectors);
        let moves = 0;
        const apply: Replica["apply"] = (update) => {
          if (update.into === "x") moves++;
          if (moves === 5 && !lost) lost = true;
          else replica.apply(update);
        };
        return { ...replica, apply };
      },
    }));
    const { end } = await coordinate(broker.url, "differs");
    assert.ok(lost);
    assert.equal(one.evaluator.differences, 1);
    assert.match(
      one.lines.join("\n"),
      /this replica differs from the run after \d+ updates; it catches up afresh/,
    );
    assert.deepEqual(end, await alone());
    await one.end();
  },
);

test(
  "a worker whose parameters are others ends and says so, and the run goes on with another",
  options,
  async () => {
    const other = start();
    other[7]! += 1e-3;
    const wrong = await worker(broker.url, "others", "wasm", bowl, other);
    const short = await worker(broker.url, "others", "wasm", bowl, start().subarray(1));
    const failures = Promise.all(
      [wrong, short].map((one) => one.ended.then(String, (error: Error) => error.message)),
    );
    let good: Awaited<ReturnType<typeof worker>> | undefined;
    const { end } = await coordinate(broker.url, "others", async (round) => {
      if (round === 0) setTimeout(async () => (good = await worker(broker.url, "others", "js")), 500);
    });
    assert.deepEqual(end, await alone());
    const [first = "", second = ""] = await failures;
    assert.match(first, /starts from other parameters than this worker's module has/);
    assert.match(second, /has 3000 parameters, and this worker's module 2999/);
    await Promise.all([wrong, short, good!].map((one) => one.end()));
  },
);

test("what travels is what came, and what has another shape is none", () => {
  const terms: Candidate = [
    [0.1, [1, 2 ** 32 - 1, 3, 4]],
    [-0, 2],
    [1e-300, [0, 0, 0, 0]],
  ];
  const of = "0123456789abcdef".repeat(2);
  const written = writeCandidate({ of, after: 7, terms }) as unknown[];
  assert.deepEqual(readCandidate(written), { of, after: 7, terms });
  const said = {
    first: 3,
    updates: [
      { into: "x" as const, sum: terms },
      { into: 1, sum: [] },
    ],
    stamp: [5, 6],
  };
  assert.deepEqual(readStream(writeUpdates(said)), said);
  const [, , [c, z, k]] = written as [string, number, [Float64Array, Uint32Array, Uint32Array]];
  for (const wrong of [
    undefined,
    [],
    [of, -1, [c, z, k]],
    [of, 0.5, [c, z, k]],
    ["zz", 7, [c, z, k]],
    [of, 7, [c, z]],
    [of, 7, [c.subarray(1), z, k]],
    [of, 7, [Float64Array.of(Number.NaN, 0, 0), z, k]],
    [of, 7, [c, z, Uint32Array.of(3)]],
    [of, 7, [c, z.with(4, 64), k]],
    [of, 7, [new Float64Array(5000), new Uint32Array(20_000), new Uint32Array()]],
  ])
    assert.equal(readCandidate(wrong), undefined);
  const bytes = writeUpdates(said);
  for (let at = 0; at < bytes.length; at++) readStream(bytes.subarray(0, at)); // never throws
  assert.equal(readStream(bytes.subarray(0, 9)), undefined);
});

test("hostile bytes are no updates, and take no memory", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.equal(readStream(bytes), undefined);
    }),
    { seed: 5, numRuns: 1000 },
  );
  const terms: Candidate = [
    [0.5, [1, 2, 3, 4]],
    [2, 0],
  ];
  const good = writeUpdates({ first: 3, updates: [{ into: "x", sum: terms }], stamp: [5] });
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
      const found = readStream(good.map((byte, i) => (i === at ? byte ^ bits : byte)));
      if (!found || !("updates" in found)) return;
      for (const { into, sum } of found.updates) {
        assert.ok(into === "x" || (Number.isInteger(into) && into >= 0 && into < 64));
        assert.ok(sum.every(([c, of]) => Number.isFinite(c) && (typeof of === "number" || of.length === 4)));
      }
    }),
    { seed: 6, numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.anything(), (value) => assert.equal(readCandidate(value), undefined)),
    { seed: 7, numRuns: 500 },
  );
});

test("frozen tensors are compared as well", options, async () => {
  const made = (value: number): Parameters => {
    const parameters = Parameters.zeros({ a: [8], b: [8] });
    parameters.get("b").data.fill(value);
    parameters.freeze("b");
    return parameters;
  };
  const kernels = await openKernels();
  const nc = await connectBroker({ servers: broker.url }, "worker");
  const stop = new AbortController();
  const evaluator = replicaEvaluator(nc, {
    run: "frozen",
    objective: () => 1,
    parameters: made(3),
    kernels,
    log: () => {},
  });
  const service = serve(nc, evaluator, { run: "frozen", accepts: isShared, signal: stop.signal });
  const x = made(2);
  const space = kernels.seeded();
  const f = await natsShared({ servers: broker.url, run: "frozen" }, { parameters: x, space, kernels });
  const over = new AbortController();
  const running = space.minimize(f, x, { maxSteps: 2, signal: over.signal });
  await assert.rejects(service.ended, /starts from other parameters/);
  over.abort();
  await running;
  await f.close();
  await evaluator.close();
  await nc.close();
});

test("an objective that hangs costs its task an attempt, and its worker goes on", options, async () => {
  let calls = 0;
  const f = (x: Float32Array): number | Promise<number> => {
    calls++;
    return calls === 5 ? new Promise<number>(() => {}) : bowl(x);
  };
  const one = await worker(broker.url, "hangs", "wasm", f);
  const { end } = await coordinate(broker.url, "hangs", () => {}, { timeout: 1 });
  assert.deepEqual(end, await alone());
  await one.end();
});

test("a run that lost its name leaves the updates of the other one alone", options, async () => {
  const [first, second] = await Promise.all([
    connectBroker({ servers: broker.url }, "first"),
    connectBroker({ servers: broker.url }, "second"),
  ]);
  const shared = { kind: "rademacher", dimension: 2, arrays: [start()], stamp: () => [1] };
  const lost = await publishUpdates(first, "name", shared);
  const kept = await publishUpdates(second, "name", shared);
  await lost.close();
  const ask = kept.shared(async () => {});
  kept.updated({ into: "x", sum: [[1, [1, 2, 3, 4]]] }, []);
  const listener = { signal: new AbortController().signal, began: () => {}, answered: () => {} };
  await ask([], listener);
  await kept.close();
  kept.updated({ into: "x", sum: [[1, [1, 2, 3, 4]]] }, []);
  await assert.rejects(ask([], listener), { code: "EVALUATOR", message: /has lost the updates of run name/ });
  const wide = Array.from({ length: 5000 }, (_, i): [number, [number, number, number, number]] => [
    1,
    [i, 0, 0, 0],
  ]);
  const again = await publishUpdates(first, "name", shared);
  again.updated({ into: "x", sum: wide }, []);
  await assert.rejects(again.shared(async () => {})([], listener), {
    code: "OPTION",
    message: /at most 4096 terms/,
  });
  await again.close();
  await Promise.all([first.close(), second.close()]);
});
