/** 6. What the broker costs: efficiency with four workers, time and bytes beside the queries themselves. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBroker } from "../../scripts/nats.ts";
import { type Ask, askBy, askInline, type Task } from "../../src/workers/index.ts";
import { namesOf, resultSubject, taskSubject } from "../../src/workers/nats/names.ts";
import { digestOf, writeResult, writeTask } from "../../src/workers/nats/wire.ts";
import { natsEvaluator } from "../../src/workers/node.ts";
import { crew } from "../nats-crew.ts";
import { objective } from "../tab-objective.ts";

export const title = "What a broker costs";

const WORKERS = 4;
const CANDIDATES = 8;
/** [ms] */
const SLOW = 50;
const STEPS = { short: 20, whole: 200 };

export async function run(scale: "short" | "whole"): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "relizo-speed-"));
  const broker = await startBroker();
  const measure = async (ms: number): Promise<readonly number[]> => {
    const run = `speed-${ms}`;
    const evaluator = await natsEvaluator({ servers: broker.url, run });
    const team = await crew({ url: broker.url, run, folder, workers: WORKERS, ms });
    for (let tries = 0; evaluator.workers < WORKERS; tries++) {
      assert.notEqual(tries, 1200, `${evaluator.workers} workers came`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await rounds(askBy(evaluator, { inFlight: CANDIDATES }), 10);
    const times = await rounds(askBy(evaluator, { inFlight: CANDIDATES }), STEPS[scale]);
    await team.end();
    await evaluator.close();
    return times;
  };
  try {
    const slow = await measure(SLOW);
    const ideal = (SLOW * CANDIDATES) / WORKERS;
    console.log(
      `${SLOW} ms objective, ${CANDIDATES} candidates a step, ${WORKERS} workers: ${at(slow, 0.5)} ms a step, ideal ${ideal} ms: ` +
        `efficiency ${(ideal / median(slow)).toFixed(3)} (wanted 0.9)`,
    );
    const trivial = await measure(0);
    const inline = await rounds(askInline(objective), STEPS[scale]);
    console.log(
      `trivial objective: ${at(trivial, 0.5)} ms a step (quartiles ${at(trivial, 0.25)} and ${at(trivial, 0.75)}, least ${at(trivial, 0)}), here ` +
        `${at(inline, 0.5)} ms: overhead ${(median(trivial) - median(inline)).toFixed(2)} ms a step (wanted 5), all on one machine`,
    );
    for (const d of [10, 1000, 100_000]) console.log(`d = ${d}: ${bytes(d)}`);
  } finally {
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

let next = 0;

/** Milliseconds of each round. */
async function rounds(ask: Ask, count: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const round = next++;
    const tasks = Array.from({ length: CANDIDATES }, (_, index) => task(20, round, index));
    const began = performance.now();
    let answered = 0;
    await ask(tasks, {
      signal: new AbortController().signal,
      began: () => {},
      answered: () => {
        answered++;
      },
    });
    times.push(performance.now() - began);
    assert.equal(answered, CANDIDATES);
  }
  return times.toSorted((a, b) => a - b);
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

function at(sorted: readonly number[], part: number): string {
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!.toFixed(2);
}

function median(sorted: readonly number[]): number {
  return sorted[sorted.length >> 1]!;
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
