/** One cell of the plan, measured in a process of its own, so that no cell finds the memory that another one left. */
import { fork } from "node:child_process";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { commit } from "../compare.ts";
import { measureKernels } from "./kernels.ts";
import { measureMemory } from "./memory.ts";
import { measureMezo } from "./mezo.ts";
import type { Cell } from "./plan.ts";
import type { Finding, Result } from "./results.ts";
import { measureStep } from "./step.ts";

/** What the process is told. */
interface Order {
  readonly cell: Cell;
  /** The published relizo.py. */
  readonly reference: string | undefined;
}

/** @throws Error where the process ends without a result */
export function inOwnProcess(order: Order): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(order)]);
    child.on("message", (result: Result) => resolve(result));
    child.on("close", (code) => reject(new Error(`the process ended without a result, exit code ${code}`)));
  });
}

async function measured({ cell, reference }: Order): Promise<Finding> {
  if (cell.kind === "step") return measureStep(cell, reference);
  if (cell.kind === "kernels") return measureKernels(cell);
  if (cell.kind === "mezo") return measureMezo(cell);
  return measureMemory(cell);
}

const load = (): number => Number(os.loadavg()[0]!.toFixed(1));

const given = process.argv[2];
if (process.send && given !== undefined) {
  const order: Order = JSON.parse(given);
  const before = load();
  const finding = await measured(order);
  const result: Result = { commit: commit(), load: [before, load()], ...finding };
  process.send(result, () => process.exit());
}
