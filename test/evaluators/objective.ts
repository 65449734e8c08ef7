/**
 * What the suite of all evaluators asks for: the minibatch names how a query behaves. It keeps its own count of calls, and the processes
 * it runs in, in files of a folder that the environment names, so that whoever serves it is counted from outside.
 */
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";
import type { Context } from "../../src/index.ts";

export const FOLDER = "RELIZO_TEST_FOLDER";

export const VALLEY = 0;
export const ECHO = 1;
export const THROWS = 2;
/** Takes x[0] milliseconds. */
export const SLOW = 3;
/** Never ends, and neither does what it starts. */
export const HANGS = 4;
/** The first call with this x[0] takes its process or thread with it. */
export const DIES_ONCE = 5;
export const SUM = 6;
/** The first call with this x[0] never ends. */
export const HANGS_ONCE = 7;
export const BEHAVIOURS: readonly number[] = [VALLEY, ECHO, THROWS, SLOW, HANGS, DIES_ONCE, SUM, HANGS_ONCE];

export const x0: readonly number[] = [-1.2, 1, 0.5, 2];

export function objective(x: Float64Array, { batch }: Pick<Context, "batch">): Promise<number> {
  return answer(x, batch, () => {
    if (!isMainThread) process.exit(1);
    process.kill(process.pid, "SIGKILL");
  });
}

/** @param die  ends whoever answers, without an answer */
export async function answer(x: Float64Array, batch: number, die: () => void): Promise<number> {
  note("calls", "+");
  try {
    return await behave(x, batch, die);
  } finally {
    note("calls", "-");
  }
}

async function behave(x: Float64Array, batch: number, die: () => void): Promise<number> {
  const first = x[0]!;
  if (batch === VALLEY) return valley(x);
  if (batch === ECHO) return first;
  if (batch === THROWS) throw new Error(`no value at ${first}`);
  if (batch === SUM) return x.reduce((sum, value) => sum + value, 0);
  if (batch === SLOW) await later(first);
  if (batch === HANGS || (batch === HANGS_ONCE && isFirst(first))) {
    note("pids", `${process.pid}\n`);
    if (isMainThread) note("pids", `${spawn("sleep", ["1000"]).pid}\n`);
    await new Promise((resolve) => setTimeout(resolve, 1e9).unref());
  }
  if (batch === DIES_ONCE && isFirst(first)) {
    die();
    await new Promise(() => {});
  }
  return first;
}

/** Rosenbrock's, with sums and products in one order for every language. */
export function valley(x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const [bend, off] = [x[i + 1]! - x[i]! * x[i]!, 1 - x[i]!];
    sum += 100 * (bend * bend) + off * off;
  }
  return sum;
}

function isFirst(value: number): boolean {
  const mark = join(folder(), `seen-${value}`);
  if (existsSync(mark)) return false;
  writeFileSync(mark, "");
  return true;
}

function note(file: string, text: string): void {
  appendFileSync(join(folder(), file), text);
}

function folder(): string {
  const found = process.env[FOLDER];
  if (!found) throw new Error(`${FOLDER} must name a folder.`);
  return found;
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
