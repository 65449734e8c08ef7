/**
 * A worker whose own log of what it was asked outlives it, and that throws, hangs or dies when told to: URL RUN NAME LOG PROBABILITY SEED MS. The
 * log has lines "begin|taken|dropped|released NAME ROUND.INDEX DELIVERY TIME", the time in ms; "", there is none.
 */
import { appendFileSync } from "node:fs";
import type { Evaluator } from "../../../src/evaluate/policy.ts";
import { uniforms } from "../../../src/sample/stream.ts";
import { connectBroker } from "../../../src/workers/nats/connect.ts";
import { serve } from "../../../src/workers/nats/serve.ts";
import { objective } from "../../tab-objective.ts";

const [url = "", run = "", name = "", log = "", probability = "0", seed = "0", ms = "0"] =
  process.argv.slice(2);
const p = Number(probability);
let count = 0;

function note(what: string, round: number, index: number, delivery: number): void {
  if (log !== "") appendFileSync(log, `${what} ${name} ${round}.${index} ${delivery} ${Date.now()}\n`);
}

const evaluator: Evaluator = {
  name: "this thread",
  capacity: 1,
  async evaluate(tasks) {
    const [{ round, index, candidate }] = tasks as [(typeof tasks)[number]];
    note("begin", round, index, 0);
    const fate = uniforms({ seed: Number(seed), step: count++ }, 0, 1)[0]!;
    if (fate < p / 3) throw new Error("trouble");
    if (fate < (2 * p) / 3) return new Promise(() => {});
    if (fate < p) process.kill(process.pid, "SIGKILL");
    if (Number(ms) > 0) await new Promise((resolve) => setTimeout(resolve, Number(ms)));
    return [objective(candidate)];
  },
  close: async () => {},
};

const stop = new AbortController();
process.once("SIGTERM", () => stop.abort());
const nc = await connectBroker({ servers: url }, name);
const service = serve(nc, evaluator, {
  run,
  name,
  signal: stop.signal,
  onTask: ({ outcome, round, index, delivery }) => note(outcome, round, index, delivery),
});
await service.ended;
await nc.close();
