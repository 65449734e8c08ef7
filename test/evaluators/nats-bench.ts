/** A worker over a broker, for the suite: its thread answers, and everything goes through the queue. */
import { join } from "node:path";
import { type Broker, natsServer, startBroker } from "../../scripts/nats.ts";
import type { Evaluator } from "../../src/evaluate/policy.ts";
import { connectBroker } from "../../src/workers/nats/connect.ts";
import { natsEvaluator } from "../../src/workers/nats/evaluator.ts";
import { serve } from "../../src/workers/nats/serve.ts";
import { threads } from "../../src/workers/threads.ts";
import type { Bench } from "./contract.ts";

const server = natsServer();
let broker: Promise<Broker> | undefined;
let runs = 0;

/** Ends the broker, where one was needed. */
export async function stopBroker(): Promise<void> {
  await (await broker)?.stop();
}

export const natsBench: Bench = {
  name: "nats",
  mends: true,
  ...("reason" in server && { skip: server.reason }),
  async open(_, room) {
    broker ??= startBroker();
    const servers = (await broker).url;
    const run = `suite-${runs++}`;
    const evaluator = await natsEvaluator({ servers, run, ackWait: 2 });
    const pool = threads({ module: join(import.meta.dirname, "objective.ts"), threads: room });
    let underWay = 0;
    const counted: Evaluator = {
      ...pool,
      async evaluate(tasks, signal) {
        underWay++;
        try {
          return await pool.evaluate(tasks, signal);
        } finally {
          underWay--;
        }
      },
    };
    const stop = new AbortController();
    const nc = await connectBroker({ servers }, "suite");
    const { ended } = serve(nc, counted, { run, slots: room, signal: stop.signal });
    while (evaluator.workers === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    return {
      evaluator,
      left: () => (underWay === 0 ? [] : [`${underWay} tasks`]),
      async end() {
        stop.abort();
        await ended;
        await nc.close();
        await pool.close();
      },
    };
  },
};
