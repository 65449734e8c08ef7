/** One broker of three dies in mid-run: the others hold its tasks, and workers and the run go to them. */
import assert from "node:assert/strict";
import { type AddressInfo, createServer } from "node:net";
import { type Broker, startBroker } from "../../scripts/nats.ts";
import { minimize } from "../../src/index.ts";
import { askBy, askInline, byTasks } from "../../src/workers/index.ts";
import { connectBroker, type NatsEvaluator, natsEvaluator, serve } from "../../src/workers/node.ts";
import { objective } from "../tab-objective.ts";

export const title = "One broker of three dies";

const QUERIES = { short: 150, whole: 1500 };
const NODES = 3;

export async function run(scale: "short" | "whole"): Promise<void> {
  const ports = await freePorts(NODES);
  const routes = ports.map((port) => `"nats-route://127.0.0.1:${port}"`).join(", ");
  const brokers = await Promise.all(
    ports.map((port, i) =>
      startBroker(
        `server_name: node${i}\ncluster { name: relizo, listen: "127.0.0.1:${port}", routes: [${routes}] }`,
      ),
    ),
  );
  const stop = new AbortController();
  try {
    const servers = brokers.map(({ url }) => url);
    const run = "cluster";
    const evaluator = await whenReady(() => natsEvaluator({ servers, run, replicas: NODES, ackWait: 2 }));
    const here = {
      name: "here",
      capacity: 1,
      evaluate: async ([task]: readonly { readonly candidate: Float64Array }[]) => [
        objective(task!.candidate),
      ],
      close: async () => {},
    };
    const nc = await connectBroker({ servers }, "worker");
    const { ended } = serve(nc, here, { run, slots: 2, signal: stop.signal });
    const options = { seed: 4, maxQueries: QUERIES[scale] };
    let died: Promise<void> | undefined;
    let at = 0;
    const there = await minimize(byTasks(askBy(evaluator)), new Float64Array(6), {
      ...options,
      onStep({ queries }) {
        if (queries < QUERIES[scale] / 2) return;
        at ||= performance.now();
        died ??= kill(brokers, nc.getServer());
      },
    });
    await died;
    assert.deepEqual(there, await minimize(byTasks(askInline(objective)), new Float64Array(6), options));
    console.log(
      `${NODES} brokers, the worker's own killed in the middle of ${there.queries} queries: the same bits; ` +
        `the second half took ${((performance.now() - at) / 1000).toFixed(1)} s`,
    );
    stop.abort();
    await ended;
    await nc.close();
    await evaluator.close();
  } finally {
    for (const broker of brokers) await broker.stop();
  }
}

async function kill(brokers: readonly Broker[], server: string): Promise<void> {
  const one = brokers.find(({ url }) => url.endsWith(server));
  assert.notEqual(one, undefined);
  await one!.stop();
}

/** The brokers need a moment to choose one of them for their leader. */
async function whenReady(open: () => Promise<NatsEvaluator>): Promise<NatsEvaluator> {
  for (let tries = 0; ; tries++) {
    try {
      return await open();
    } catch (error) {
      if (tries >= 60) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
