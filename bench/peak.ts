/**
 * What a run of `LIZO` over seeds, in place, adds to the memory of its process at its peak, the parameters aside: in a
 * process of its own, which prints a `Peak`. `node --import tsx bench/peak.ts '{"d":1e6, ...}'`.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { LIZO, type LizoOptions, uniforms } from "../src/index.ts";
import { openKernels, type SeedKind } from "../src/run/kernels.ts";

export interface PeakCase {
  readonly d: number;
  readonly n: number;
  readonly directions: SeedKind;
  readonly copy: boolean;
  readonly steps: number;
  readonly own: Partial<LizoOptions>;
}

export interface Peak {
  /** The largest resident set, less the one before the optimizer was made. */
  readonly bytes: number;
  /** Vectors of length d that the optimizer's state holds in the end. */
  readonly vectors: number;
}

/** Linux alone tells a peak that begins anew. */
export function peakOf(one: PeakCase): Peak {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), JSON.stringify(one)];
  return JSON.parse(
    execFileSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }),
  );
}

async function measured({ d, n, directions, copy, steps, own }: PeakCase): Promise<Peak> {
  const values = uniforms({ seed: 42, step: 0 }, 0, 4096);
  const kernels = await openKernels();
  const x = weights(d);
  collectGarbage();
  writeFileSync("/proc/self/clear_refs", "5"); // the peak begins anew
  const before = largestResident();
  const space = kernels.seeded({ directions, copy });
  const lizo = new LIZO(x, { seed: 1, numSamplePerStep: n, orthogonalSample: false, ...own, space });
  let calls = 0;
  for (let step = 0; step < steps; step++) lizo.step(() => values[++calls & 4095]!);
  const bytes = largestResident() - before;
  return { bytes, vectors: longVectors(lizo.stateDict(), d).size };
}

function longVectors(value: unknown, d: number, found = new Set<object>()): Set<object> {
  if (ArrayBuffer.isView(value)) return value.byteLength === 4 * d ? found.add(value) : found;
  if (typeof value === "object" && value !== null)
    for (const part of Object.values(value)) longVectors(part, d, found);
  return found;
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  collect();
}

function largestResident(): number {
  const [, kib] = /VmHWM:\s*(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return 1024 * Number(kib);
}

/** Numbers as those of a trained layer: 0.02 to either side of 0, evenly. */
export function weights(d: number): Float32Array {
  const x = new Float32Array(d);
  for (let at = 0; at < d; at += 65536) {
    const part = uniforms({ seed: 7, step: 0 }, at / 65536, Math.min(65536, d - at));
    for (let i = 0; i < part.length; i++) x[at + i] = 0.04 * part[i]! - 0.02;
  }
  return x;
}

const given = process.argv[2];
if (process.argv[1] === fileURLToPath(import.meta.url) && given !== undefined) {
  const one: PeakCase = JSON.parse(given);
  console.log(JSON.stringify(await measured(one)));
}
