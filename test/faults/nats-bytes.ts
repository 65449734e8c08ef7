/** What travels in a run over shared parameters: it does not grow with them. */
import assert from "node:assert/strict";
import { natsServer, startBroker } from "../../scripts/nats.ts";
import { relizo } from "../../src/index.ts";
import { openKernels } from "../../src/run/kernels.ts";
import { connectBroker, isShared, natsShared, replicaEvaluator, serve } from "../../src/workers/node.ts";

export const title = "Bytes of a run over shared parameters";

const STEPS = 12;
/** Of a step: its candidates, the update and what the line search asks. */
const MOST = 3000;

export async function run(scale: "short" | "whole"): Promise<void> {
  const server = natsServer();
  if ("reason" in server) throw new Error(server.reason);
  const broker = await startBroker();
  try {
    const found: number[] = [];
    for (const d of [1000, scale === "short" ? 100_000 : 10_000_000]) {
      const { queries, updates, candidates, differences } = await shared(broker.url, d);
      const [a, b] = [updates / STEPS, candidates / STEPS];
      found.push(a + b);
      console.log(
        `d = ${d}: ${a.toFixed(0)} bytes of updates and ${b.toFixed(0)} of candidates a step, ${(candidates / queries).toFixed(0)} a candidate; ${queries} queries in ${STEPS} steps`,
      );
      assert.equal(differences, 0, "the worker's parameters are the run's, by every stamp");
      assert.ok(a + b <= MOST, `${a + b} bytes a step`);
    }
    // The same steps at most: numbers are as long, but for d itself and for how many trials a line search takes.
    assert.ok(found[1]! <= 2 * found[0]!, `${found}`);
  } finally {
    await broker.stop();
  }
}

async function shared(url: string, d: number) {
  const run = `d${d}`;
  const kernels = await openKernels();
  const start = (): Float32Array => new Float32Array(d).fill(0.1);
  const bowl = (x: Float32Array): number => {
    let sum = 0;
    for (let i = 0; i < d; i++) sum += (1 + (i % 3)) * (x[i]! - 0.05) * (x[i]! - 0.05);
    return sum;
  };
  const nc = await connectBroker({ servers: url }, "worker");
  const own = start();
  const stop = new AbortController();
  const evaluator = replicaEvaluator(nc, { run, objective: bowl, parameters: own, kernels, log: () => {} });
  const service = serve(nc, evaluator, { run, accepts: isShared, signal: stop.signal });
  let candidates = 0;
  const counting = nc.subscribe(`relizo.${run}.tasks.>`, {
    callback: (_, { data }) => {
      candidates += data.length;
    },
  });
  const x = start();
  const space = kernels.seeded();
  const f = await natsShared({ servers: url, run }, { parameters: x, space, kernels });
  try {
    const { queries } = await space.minimize(f, x, {
      method: relizo({ radius: 1e-3 }),
      maxSteps: STEPS,
      maxQueries: 1e6,
    });
    return { queries, updates: f.sent.bytes, candidates, differences: evaluator.differences };
  } finally {
    stop.abort();
    await service.ended;
    counting.unsubscribe();
    await f.close();
    await evaluator.close();
    await nc.close();
  }
}
