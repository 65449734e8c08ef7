/** The published PyTorch optimizer, run beside ours in the same turn where its file is given. */
import type { Stopwatch } from "../compare.ts";
import { startPython } from "./python.ts";

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

/** @param environment  variables beside those of this process */
export function startReference(path: string, environment: Readonly<Record<string, string>> = {}): Reference {
  const { ask, close } = startPython("reference_step.py", [path], environment);
  return { stopwatch: (mode, d, n) => (steps) => ask({ mode, d, n, steps }), close };
}
