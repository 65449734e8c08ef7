/** 3b. Workers on one queue: each task is answered exactly once in the result, by the workers' own log. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBroker } from "../../scripts/nats.ts";
import { askBy, type Task } from "../../src/workers/index.ts";
import { natsEvaluator } from "../../src/workers/node.ts";
import { crew } from "../nats-crew.ts";
import { objective } from "../tab-objective.ts";

export const title = "Ten workers on one queue";

const WORKERS = 10;
const TASKS = { short: 20, whole: 200 };

export async function run(scale: "short" | "whole"): Promise<void> {
  const count = WORKERS * TASKS[scale];
  const folder = mkdtempSync(join(tmpdir(), "relizo-once-"));
  const broker = await startBroker();
  try {
    const evaluator = await natsEvaluator({ servers: broker.url, run: "once" });
    const team = await crew({ url: broker.url, run: "once", folder, workers: WORKERS, ms: 5 });
    for (const late = performance.now() + 60_000; evaluator.workers < WORKERS; ) {
      assert.equal(performance.now() < late, true, `${evaluator.workers} workers came`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const tasks = Array.from(
      { length: count },
      (_, index): Task => ({ round: 0, index, step: 0, batch: 0, candidate: Float64Array.of(index, -index) }),
    );
    const told = new Map<number, number[]>();
    const began = performance.now();
    await askBy(evaluator, { inFlight: 4 * WORKERS })(tasks, {
      signal: new AbortController().signal,
      began: () => {},
      answered: (index, value) => told.set(index, [...(told.get(index) ?? []), value]),
    });
    const seconds = (performance.now() - began) / 1000;
    const noted = await team.end();
    await evaluator.close();
    assert.deepEqual(
      tasks.map(({ index }) => told.get(index)),
      tasks.map(({ candidate }) => [objective(candidate)]),
    );
    const of = (what: string): readonly string[] =>
      noted.filter((one) => one.what === what).map(({ place }) => place);
    assert.deepEqual(of("taken").toSorted(), tasks.map(({ index }) => `0.${index}`).toSorted());
    const each = new Map<string, number>();
    for (const { what, worker } of noted) if (what === "taken") each.set(worker, (each.get(worker) ?? 0) + 1);
    console.log(
      `${WORKERS} workers, ${count} tasks: each told once and taken from one worker; ${of("begin").length} were begun, ` +
        `${Math.min(...each.values())} to ${Math.max(...each.values())} a worker, ${(count / seconds).toFixed(0)} a second`,
    );
    assert.equal(each.size, WORKERS);
  } finally {
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
