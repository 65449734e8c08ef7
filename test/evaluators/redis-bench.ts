/** A worker over Redis, for the suite: its threads answer, and everything goes through BullMQ's queue. */
import { join } from "node:path";
import { type RedisBroker, redisServer, startRedis } from "../../scripts/redis.ts";
import type { Evaluator } from "../../src/evaluate/policy.ts";
import { bullEvaluator, serveBull } from "../../src/workers/bullmq.ts";
import { threads } from "../../src/workers/threads.ts";
import type { Bench } from "./contract.ts";

const server = redisServer();
let broker: Promise<RedisBroker> | undefined;
let runs = 0;

/** Ends the broker, where one was needed. */
export async function stopRedis(): Promise<void> {
  await (await broker)?.stop();
}

export const redisBench: Bench = {
  name: "bullmq",
  mends: true,
  ...("reason" in server && { skip: server.reason }),
  async open(_, room) {
    broker ??= startRedis();
    const { url } = await broker;
    const run = `suite-${runs++}`;
    const evaluator = await bullEvaluator({ url, run });
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
    const { ended } = await serveBull(counted, { url, run, slots: room, ackWait: 2, signal: stop.signal });
    return {
      evaluator,
      left: () => (underWay === 0 ? [] : [`${underWay} tasks`]),
      async end() {
        stop.abort();
        await ended;
        await pool.close();
      },
    };
  },
};
