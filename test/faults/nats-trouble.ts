/** 4. Workers throw, hang and are killed, and so is the broker: every run ends in the bits of the one without trouble. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Broker, startBroker } from "../../scripts/nats.ts";
import { minimize } from "../../src/index.ts";
import { type Ask, askBy, askInline, byTasks } from "../../src/workers/index.ts";
import { natsEvaluator } from "../../src/workers/node.ts";
import { type Crew, crew, type Noted } from "../nats-crew.ts";
import { objective } from "../tab-objective.ts";

export const title = "Workers that throw, hang and die, and a broker that is killed";

const RUNS = { short: 2, whole: 50 };
const WORKERS = 4;
const PROBABILITY = 0.03;
/** [s] */
const ACK_WAIT = 1;
/** Beyond ack wait and a second, for a machine that does much else [s]. */
const ROOM = 10;
const QUERIES = { short: 60, whole: 120 };

export async function run(scale: "short" | "whole"): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "relizo-trouble-"));
  const broker = await startBroker();
  const waits: number[] = [];
  const queries = QUERIES[scale];
  const count = { deaths: 0, retries: 0, begun: 0, taken: 0 };
  try {
    for (let i = 0; i < RUNS[scale]; i++) {
      const { noted, deaths, retries, restarted } = await one(broker, folder, i, queries);
      waits.push(...redelivered(noted, deaths, restarted));
      count.deaths += deaths.length;
      count.retries += retries;
      count.begun += noted.filter(({ what }) => what === "begin").length;
      count.taken += noted.filter(({ what }) => what === "taken").length;
    }
  } finally {
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const worst = Math.max(0, ...waits);
  waits.sort((a, b) => a - b);
  console.log(
    `${RUNS[scale]} of ${RUNS[scale]} runs of ${queries} queries ended in the same bits, none lost or told twice: ${count.begun} queries begun, ` +
      `${count.taken} taken, ${count.deaths} workers killed, ${count.retries} attempts that ran out of time, the broker killed once in each run`,
  );
  console.log(
    `redelivery of ${waits.length} tasks after a death: median ${(waits[waits.length >> 1] ?? 0).toFixed(2)} s, worst ${worst.toFixed(2)} s, ` +
      `wanted ${ACK_WAIT + 1} s (ack wait + 1 s)`,
  );
  assert.equal(worst <= ACK_WAIT + 1 + ROOM, true, `${worst} s`);
}

interface Trouble {
  readonly noted: readonly Noted[];
  readonly deaths: Crew["deaths"];
  readonly retries: number;
  /** When the broker was away [ms since 1970]. */
  readonly restarted: readonly [from: number, to: number];
}

async function one(broker: Broker, folder: string, seed: number, queries: number): Promise<Trouble> {
  const run = `trouble-${seed}`;
  const options = { seed, maxQueries: queries };
  const x0 = new Float64Array(6);
  const alone = await minimize(byTasks(askInline(objective)), x0, options);
  const evaluator = await natsEvaluator({ servers: broker.url, run, ackWait: ACK_WAIT });
  const team = await crew({
    url: broker.url,
    run,
    folder,
    workers: WORKERS,
    probability: PROBABILITY,
    seed,
    ms: 4,
  });
  let [retries, told] = [0, 0];
  let restarted: Promise<readonly [number, number]> | undefined;
  const restart = async (): Promise<readonly [number, number]> => {
    const from = Date.now();
    await broker.restart();
    return [from, Date.now()];
  };
  const policy = { timeout: 2, retries: 50, backoff: 0.01 };
  const asking = askBy(evaluator, policy, () => retries++);
  const once: Ask = async (tasks, listener) => {
    const seen = new Set<number>();
    await asking(tasks, {
      ...listener,
      answered(index, value, reason) {
        assert.equal(seen.has(index), false, "told twice");
        seen.add(index);
        if (++told >= queries / 2) restarted ??= restart();
        listener.answered(index, value, reason);
      },
    });
    assert.equal(seen.size, tasks.length);
  };
  const there = await minimize(byTasks(once), x0, options);
  const noted = await team.end();
  assert.deepEqual(there, alone);
  assert.equal(told, there.queries);
  assert.notEqual(restarted, undefined);
  const away = await restarted!;
  await evaluator.close();
  return { noted, deaths: team.deaths, retries, restarted: away };
}

/** For each death with a task under way, how long it took until somebody else began that task [s]; the broker's own absence aside. */
function redelivered(
  noted: readonly Noted[],
  deaths: Crew["deaths"],
  [from, to]: readonly [number, number],
): readonly number[] {
  return deaths.flatMap(({ worker, at }) => {
    const last = noted.findLast((line) => line.worker === worker);
    if (last?.what !== "begin") return [];
    const next = noted.find(
      (line) => line.what === "begin" && line.place === last.place && line.at >= last.at && line !== last,
    );
    const near = last.at < to + 500 && (next?.at ?? at) > from;
    return next && !near ? [(next.at - last.at) / 1000] : [];
  });
}
