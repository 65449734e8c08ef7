/**
 * What a run of `LIZO` over seeds adds to the memory of its process at its peak, the parameters aside: in a process of its
 * own, which prints a number of bytes. `node --import tsx bench/peak.ts '{"d":1e6, ...}'`.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { LIZO, type LizoOptions, slopes, uniforms } from "../src/index.ts";
import { openKernels, type SeedKind } from "../src/run/kernels.ts";
import { weights } from "./weights.ts";

interface PeakCase {
  readonly d: number;
  readonly n: number;
  readonly directions: SeedKind;
  readonly copy: boolean;
  readonly steps: number;
  readonly own: Partial<LizoOptions>;
  /** Reuse by `slopes()`. */
  readonly slopes: boolean;
}

/**
 * The largest resident set [bytes], less the one before the optimizer was made. Meanwhile the engine may give up ten megabytes of old
 * garbage, which would hide as much: the array buffers and all else that is resident are counted apart too, their peaks
 * added, and the larger figure is taken. Linux alone begins a peak anew.
 */
export function peakOf(one: PeakCase): number {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), JSON.stringify(one)];
  return Number(
    execFileSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }),
  );
}

async function measured({ d, n, directions, copy, steps, own, slopes: reused }: PeakCase): Promise<number> {
  const values = uniforms({ seed: 42, step: 0 }, 0, 4096);
  const kernels = await openKernels();
  const x = weights(d);
  await collectGarbage();
  writeFileSync("/proc/self/clear_refs", "5"); // the peak begins anew
  const before = counted();
  let peak = before;
  const look = (): void => {
    const now = counted();
    peak = { buffers: Math.max(peak.buffers, now.buffers), others: Math.max(peak.others, now.others) };
  };
  const space = kernels.seeded({ directions, copy });
  const lizo = new LIZO(x, {
    seed: 1,
    numSamplePerStep: n,
    orthogonalSample: false,
    ...own,
    reuse: reused ? slopes() : null,
    space,
  });
  let calls = 0;
  for (let step = 0; step < steps; step++)
    lizo.step(() => {
      look();
      return values[++calls & 4095]!;
    });
  look();
  const sum = ({ buffers, others }: Counted): number => buffers + others;
  return Math.max(largestResident(), sum(peak)) - sum(before);
}

interface Counted {
  /** Array buffers [bytes]. */
  readonly buffers: number;
  /** What else is resident [bytes]. */
  readonly others: number;
}

function counted(): Counted {
  const { rss, arrayBuffers: buffers } = process.memoryUsage();
  return { buffers, others: rss - buffers };
}

/** Twice, and a while for the threads that give the pages back. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  for (let time = 0; time < 2; time++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

function largestResident(): number {
  const [, kib] = /VmHWM:\s*(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return 1024 * Number(kib);
}

const given = process.argv[2];
if (process.argv[1] === fileURLToPath(import.meta.url) && given !== undefined) {
  const one: PeakCase = JSON.parse(given);
  console.log(await measured(one));
}
