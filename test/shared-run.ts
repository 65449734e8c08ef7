/** A run over shared parameters with its workers, for tests: all in this process, over a real broker. */
import { askBy, type Policy } from "../src/evaluate/policy.ts";
import type { Ask } from "../src/evaluate/task.ts";
import { relizo } from "../src/method/relizo-method.ts";
import { type Backend, openKernels } from "../src/run/kernels.ts";
import type { Seeded } from "../src/run/seeded.ts";
import type { Candidate } from "../src/space/replica.ts";
import { connectBroker } from "../src/workers/nats/connect.ts";
import { natsEvaluator } from "../src/workers/nats/evaluator.ts";
import { isShared, replicaEvaluator } from "../src/workers/nats/replica-evaluator.ts";
import { serve } from "../src/workers/nats/serve.ts";
import { publishUpdates } from "../src/workers/nats/updates.ts";

export const D = 3000;
export const start = (): Float32Array => Float32Array.from({ length: D }, (_, i) => 0.1 * Math.sin(i));
export const bowl = (x: Float32Array): number =>
  x.reduce((sum, xi, i) => sum + (1 + (i % 3)) * (xi - 0.05) ** 2, 0);
const METHOD = relizo({ radius: 1e-3 });

interface Worker {
  readonly lines: readonly string[];
  readonly evaluator: ReturnType<typeof replicaEvaluator>;
  readonly parameters: Float32Array;
  readonly ended: Promise<void>;
  end(): Promise<void>;
}

/** What a run comes to. */
interface End {
  readonly value: number;
  readonly queries: number;
  readonly x: Float32Array;
}

export async function worker(
  url: string,
  run: string,
  backend: Backend,
  f: (x: Float32Array) => number | Promise<number> = bowl,
  parameters: Float32Array = start(),
  wrap: (space: Seeded) => Seeded = (space) => space,
): Promise<Worker> {
  const nc = await connectBroker({ servers: url }, "worker");
  const kernels = await openKernels({ prefer: [backend] });
  const stop = new AbortController();
  const lines: string[] = [];
  const evaluator = replicaEvaluator(nc, {
    run,
    objective: f,
    parameters,
    kernels: { seeded: (own) => wrap(kernels.seeded(own)) },
    log: (line) => lines.push(line),
  });
  const log = (line: string): void => void lines.push(line);
  const name = `${backend}-${Math.floor(performance.now() * 1e6)}`;
  const service = serve(nc, evaluator, { run, name, accepts: isShared, log, signal: stop.signal });
  return {
    lines,
    evaluator,
    parameters,
    ended: service.ended,
    async end() {
      stop.abort();
      await service.ended.catch(() => {});
      await evaluator.close();
      await nc.close();
    },
  };
}

/** The run, its queries answered over the broker; `each` is called before each round that is asked. */
export async function coordinate(
  url: string,
  run: string,
  each: (round: number) => unknown = () => {},
  policy: Partial<Policy> = {},
  snapshotEvery = 7,
  log: (line: string) => void = () => {},
): Promise<{ readonly end: End; readonly bytes: number; readonly count: number }> {
  const [evaluator, nc] = await Promise.all([
    natsEvaluator<unknown>({ servers: url, run, ackWait: 2 }),
    connectBroker({ servers: url }, "updates"),
  ]);
  const kernels = await openKernels();
  const space = kernels.seeded();
  const x = start();
  const updates = await publishUpdates(nc, run, {
    kind: space.kind(x),
    dimension: D,
    arrays: [x],
    stamp: (vectors) => [x, ...vectors].map(kernels.seeds.stamp),
    snapshotEvery,
    log,
  });
  try {
    const shared = updates.shared(askBy(evaluator, policy));
    const ask: Ask<Candidate> = async (tasks, listener) => {
      await each(tasks[0]!.round);
      await shared(tasks, listener);
    };
    const { value, queries } = await space.minimize({ ask: () => ask, updated: updates.updated }, x, {
      method: METHOD,
      seed: 4,
      maxQueries: 400,
    });
    return { end: { value, queries, x }, bytes: updates.bytes, count: updates.count };
  } finally {
    await Promise.all([evaluator.close(), updates.close().then(() => nc.close())]);
  }
}

export async function alone(): Promise<End> {
  const x = start();
  const { value, queries } = await (await openKernels())
    .seeded()
    .minimize(() => bowl(x), x, { method: METHOD, seed: 4, maxQueries: 400 });
  return { value, queries, x };
}
