/**
 * 6. What the broker costs: efficiency with four workers, time and bytes beside the queries themselves. The same steps are taken over bare
 * processes on pipes, in turn with those over the broker, so that what the machine adds by itself is known in the same minutes.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { startBroker } from "../../scripts/nats.ts";
import { type Ask, askBy, askInline, type Task } from "../../src/workers/index.ts";
import { namesOf, resultSubject, taskSubject } from "../../src/workers/nats/names.ts";
import { digestOf, writeResult, writeTask } from "../../src/workers/nats/wire.ts";
import { natsEvaluator } from "../../src/workers/node.ts";
import { bareCrew } from "../bare-crew.ts";
import { crew } from "../nats-crew.ts";
import { objective } from "../tab-objective.ts";

export const title = "What a broker costs";

const WORKERS = 4;
const CANDIDATES = 8;
/** [ms] */
const SLOW = 50;
/** Steps that are measured, of either objective, and before these, steps until what runs is compiled. */
const STEPS = {
  short: { slow: 20, trivial: 100, before: 20 },
  whole: { slow: 300, trivial: 2000, before: 200 },
};

export async function run(scale: "short" | "whole"): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "relizo-speed-"));
  const broker = await startBroker();
  const { slow, trivial, before } = STEPS[scale];
  const measure = async (ms: number, warm: number, count: number): Promise<readonly Times[]> => {
    const run = `speed-${ms}`;
    const evaluator = await natsEvaluator({ servers: broker.url, run });
    const team = await crew({ url: broker.url, run, folder, workers: WORKERS, ms, notes: false });
    const bare = await bareCrew(folder, WORKERS, ms);
    for (let tries = 0; evaluator.workers < WORKERS; tries++) {
      assert.notEqual(tries, 1200, `${evaluator.workers} workers came`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const policy = { inFlight: CANDIDATES };
    const asks = [askBy(evaluator, policy), askBy(bare, policy), askInline(objective)] as const;
    await inTurn(asks, warm);
    const times = await inTurn(asks, count);
    await bare.close();
    await team.end();
    await evaluator.close();
    return times;
  };
  try {
    console.log(`${cpus().length} processors for the run, the broker and ${WORKERS} workers; ${load()}`);
    report(`a ${SLOW} ms objective`, await measure(SLOW, Math.min(before, 20), slow), SLOW);
    report("an objective that costs nothing", await measure(0, before, trivial), 0);
    console.log(load());
    for (const d of [10, 1000, 100_000]) console.log(`d = ${d}: ${bytes(d)}`);
  } finally {
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Milliseconds of one step: over the broker, over pipes, and in this thread. */
type Times = readonly [broker: number, pipes: number, here: number];

function report(what: string, times: readonly Times[], ms: number): void {
  const ideal = (ms * CANDIDATES) / WORKERS;
  const broker = sorted(times.map(([one]) => one));
  const pipes = sorted(times.map(([, one]) => one));
  const here = sorted(times.map(([, , one]) => one));
  const added = sorted(times.map(([one, other]) => one - other));
  console.log(
    `${what}, ${CANDIDATES} candidates a step, ${times.length} steps, medians (and quartiles; least) in ms:`,
  );
  console.log(`  over the broker ${spread(broker)}, over pipes ${spread(pipes)}`);
  if (ms > 0)
    console.log(
      `  ideal ${ideal}: efficiency ${(ideal / median(broker)).toFixed(3)} (wanted 0.9), over pipes ${(ideal / median(pipes)).toFixed(3)}; ` +
        `beside the ideal ${(median(broker) - ideal).toFixed(2)}, of which the machine's own, with pipes, ${(median(pipes) - ideal).toFixed(2)}`,
    );
  else
    console.log(
      `  in this thread ${median(here).toFixed(2)}: overhead ${(median(broker) - median(here)).toFixed(2)} a step (wanted 5)`,
    );
  console.log(`  the broker adds to the same step over pipes ${spread(added)} (wanted 5)`);
}

let next = 0;

/** So many steps, one of each after the other: whatever else the machine does falls on all. */
async function inTurn(
  [broker, pipes, here]: readonly [Ask, Ask, Ask],
  count: number,
): Promise<readonly Times[]> {
  const times: Times[] = [];
  for (let i = 0; i < count; i++) times.push([await step(broker), await step(pipes), await step(here)]);
  return times;
}

async function step(ask: Ask): Promise<number> {
  const round = next++;
  const tasks = Array.from({ length: CANDIDATES }, (_, index) => task(20, round, index));
  const began = performance.now();
  let answered = 0;
  await ask(tasks, {
    signal: new AbortController().signal,
    began: () => {},
    answered: (_, value) => {
      if (value === objective(tasks[0]!.candidate)) answered++;
    },
  });
  const took = performance.now() - began;
  assert.equal(answered, CANDIDATES);
  return took;
}

function task(d: number, round: number, index: number): Task {
  return {
    round,
    index,
    step: round,
    batch: 0,
    candidate: Float64Array.from({ length: d }, (_, i) => 1 / (1 + i)),
  };
}

function sorted(times: readonly number[]): readonly number[] {
  return times.toSorted((a, b) => a - b);
}

function spread(times: readonly number[]): string {
  const at = (part: number): string => times[Math.floor(part * (times.length - 1))]!.toFixed(2);
  return `${median(times).toFixed(2)} (${at(0.25)} to ${at(0.75)}; ${at(0)})`;
}

function median(sorted: readonly number[]): number {
  return sorted[sorted.length >> 1]!;
}

function load(): string {
  return `load ${loadavg()
    .map((value) => value.toFixed(1))
    .join(" ")}`;
}

/** What a task and its answer are in bytes, with their subjects. */
function bytes(d: number): string {
  const names = namesOf("speed");
  const place = { hash: "0".repeat(32), round: 1000, index: 7 };
  const [subject, data] = [taskSubject(names, place), writeTask(task(d, 1000, 7))];
  const result = writeResult({
    digest: digestOf(subject, data),
    worker: "worker:1234",
    said: { answer: 0.1 },
  });
  return `a task ${subject.length + data.length} bytes, ${data.length - 8 * d} of them beside the point, its answer ${resultSubject(names, place).length + result.length}`;
}
