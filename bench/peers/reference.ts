/** The published PyTorch optimizer, run beside ours in the same turn where its file is given. */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Stopwatch } from "../compare.ts";

export const MODES = ["no reuse", "reuse 50 %", "orthogonal"] as const;
export type Mode = (typeof MODES)[number];

/** Medians [ms] by d, n = 8, float32, one thread of a 2.6 GHz EPYC server, PyTorch 1.13.1, load average 0.4 to 1.3. */
export const RECORDED: Readonly<Record<Mode, Readonly<Record<number, number>>>> = {
  "no reuse": { 1e3: 0.161, 1e4: 0.58, 1e5: 6.6, 1e6: 91 },
  "reuse 50 %": { 1e3: 0.248, 1e4: 0.62, 1e5: 4.3, 1e6: 83 },
  orthogonal: { 1e3: 0.179, 1e4: 0.87, 1e5: 5.9, 1e6: 116 },
};

export interface Reference {
  stopwatch(mode: Mode, d: number, n: number): Stopwatch;
  close(): void;
}

/** `--reference PATH`, else `RELIZO_REFERENCE`: the file relizo.py of the published code; undefined where neither is given. */
export function referencePath(): string | undefined {
  const at = process.argv.indexOf("--reference");
  const path = at >= 0 ? process.argv[at + 1] : process.env.RELIZO_REFERENCE;
  if (at >= 0 && path === undefined)
    throw new Error("--reference needs the path of the reference's relizo.py.");
  return path === "" ? undefined : path;
}

/**
 * Tells glibc never to hand freed pages back to the system: more than half of a long step of the reference goes into
 * having them back, zeroed, one by one.
 */
export const PAGES_KEPT: Readonly<Record<string, string>> = {
  MALLOC_MMAP_THRESHOLD_: "4000000000",
  MALLOC_TRIM_THRESHOLD_: "4000000000",
};

/**
 * Starts Python (`RELIZO_PYTHON`, or the first of the usual ones that has PyTorch) on our script.
 *
 * @param environment  variables beside those of this process
 */
export function startReference(path: string, environment: Readonly<Record<string, string>> = {}): Reference {
  const script = fileURLToPath(new URL("reference_step.py", import.meta.url));
  const env = { ...process.env, ...environment };
  const child: ChildProcessWithoutNullStreams = spawn(python(), [script, path], { env });
  child.stderr.pipe(process.stderr);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    stopwatch: (mode, d, n) => async (steps) => {
      child.stdin.write(`${JSON.stringify({ mode, d, n, steps })}\n`);
      const line = await lines.next();
      if (line.done) throw new Error("The reference's process ended; its message stands above.");
      const times: readonly number[] = JSON.parse(line.value);
      return times;
    },
    close: () => child.stdin.end(),
  };
}

function python(): string {
  const named = process.env.RELIZO_PYTHON;
  const candidates = named ? [named] : ["python3", "/usr/bin/python3", "python"];
  const found = candidates.find((program) => {
    try {
      execFileSync(program, ["-c", "import torch"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  });
  if (found === undefined)
    throw new Error(`None of ${candidates.join(", ")} has PyTorch; RELIZO_PYTHON can name another Python.`);
  return found;
}
