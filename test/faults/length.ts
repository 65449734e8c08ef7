/** 7. A hundred thousand steps, and twenty thousand in place: memory does not grow, the journal stays small, and resuming it is quick. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundled, ended } from "../program.ts";

export const title = "A long run: heap, bytes a step, time to resume";

const STEPS = { short: 20_000, whole: 100_000 };
/** Of a run in place, in the whole form alone. */
const IN_PLACE = { steps: 20_000, dimension: 100_000 };
const SAMPLES = 8;
/** Bytes that a step may take in the journal. */
const MOST_BYTES = 200;
/**
 * Bytes that the heap may grow by a step: one number kept for each would be eight, without the list it is in. The slope is
 * fitted to the heap after collection at equal steps of the second half, for in the first one code is compiled; twice its
 * standard error is the noise. A short run ends while code is still compiled, some 60 KiB of it in all.
 */
const MOST_GROWTH = { short: 8, whole: 1 };

interface Report {
  readonly hashes: { readonly trajectory: string; readonly x: string };
  readonly steps: number;
  readonly queries: number;
  readonly asked: number;
  readonly rounds: number;
  readonly replayed: number;
  readonly bytes: number;
  readonly openSeconds: number;
  readonly resumeSeconds: number;
  readonly seconds: number;
  readonly heap: readonly { readonly step: number; readonly bytes: number }[];
}

interface InPlaceReport
  extends Pick<Report, "hashes" | "steps" | "asked" | "bytes" | "resumeSeconds" | "seconds"> {
  /** The round that the sitting began with. */
  readonly from: number;
  readonly snapshots: readonly number[];
}

export async function run(scale: "short" | "whole"): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "relizo-long-"));
  const steps = STEPS[scale];
  try {
    const script = await bundled("test/faults/programs/long.ts", folder);
    const journal = join(folder, "journal");
    const sitting = async (most: number): Promise<Report> => {
      const { code, out, err } = await ended(["--expose-gc", script, journal, String(most), String(SAMPLES)]);
      assert.equal(code, 0, err);
      assert.equal(err, "");
      return JSON.parse(out) as Report;
    };
    const first = await sitting(steps);
    assert.equal(first.steps, steps);
    const perStep = first.bytes / steps;
    assert.ok(perStep <= MOST_BYTES, `${perStep} bytes a step`);
    const { slope, error } = line(first.heap.slice(Math.floor(first.heap.length / 2)));
    assert.ok(slope - 2 * error <= MOST_GROWTH[scale], `the heap grows by ${slope} +- ${error} bytes a step`);

    const resumed = await sitting(steps + 10);
    assert.equal(resumed.replayed, first.rounds);
    assert.equal(resumed.asked, resumed.queries - first.queries);
    rmSync(`${journal}.snapshot`);
    const again = await sitting(steps + 10);
    assert.deepEqual([again.hashes, again.queries, again.asked], [resumed.hashes, resumed.queries, 0]);
    const heaps = first.heap.map(({ bytes }) => bytes);
    console.log(
      [
        `${steps} steps, ${first.rounds} rounds, ${first.queries} queries in ${first.seconds.toFixed(2)} s`,
        `journal: ${perStep.toFixed(1)} bytes a step with ${SAMPLES} samples`,
        `heap after collection: ${(heaps[0]! / 2 ** 20).toFixed(2)} MiB at first, ${(heaps.at(-1)! / 2 ** 20).toFixed(2)} MiB at last, ` +
          `${slope.toFixed(3)} +- ${(2 * error).toFixed(3)} bytes a step`,
        `resume until the first new query: ${resumed.resumeSeconds.toFixed(2)} s (${share(resumed, first)} of the run), ` +
          `of which opening and checking ${resumed.openSeconds.toFixed(2)} s; without a snapshot ${again.resumeSeconds.toFixed(2)} s (${share(again, first)})`,
      ].join("\n"),
    );
    if (scale === "whole") await runInPlace(folder, IN_PLACE.steps);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runInPlace(folder: string, steps: number): Promise<void> {
  const script = await bundled("test/faults/programs/long-in-place.ts", folder);
  const journal = join(folder, "in-place");
  const sitting = async (most: number): Promise<InPlaceReport> => {
    const { code, out, err } = await ended([script, journal, String(most), String(IN_PLACE.dimension)]);
    assert.equal(code, 0, err);
    assert.equal(err, "");
    return JSON.parse(out) as InPlaceReport;
  };
  const first = await sitting(steps);
  assert.equal(first.steps, steps);
  const perStep = first.bytes / steps;
  assert.ok(perStep <= MOST_BYTES, `${perStep} bytes a step`);
  const resumed = await sitting(steps + 10);
  assert.ok(resumed.from > steps / 2, `it went on from round ${resumed.from}`);
  for (const part of ["snapshot", "snapshot-2"]) rmSync(`${journal}.${part}`);
  const again = await sitting(steps + 10);
  assert.deepEqual([again.hashes, again.asked, again.from], [resumed.hashes, 0, 0]);
  console.log(
    `in place, d = ${IN_PLACE.dimension}: ${steps} steps in ${first.seconds.toFixed(1)} s, journal ${perStep.toFixed(1)} bytes a step, snapshots of ${first.snapshots.join(" and ")} bytes; ` +
      `resume until the first new query: ${resumed.resumeSeconds.toFixed(2)} s, from round ${resumed.from}; without a snapshot ${again.resumeSeconds.toFixed(1)} s`,
  );
}

function share({ resumeSeconds }: Report, { seconds }: Report): string {
  return `${((100 * resumeSeconds) / seconds).toFixed(0)} %`;
}

/** Least squares: bytes against step, and the standard error of the slope. */
function line(heap: Report["heap"]): { readonly slope: number; readonly error: number } {
  const mean = (of: (look: Report["heap"][number]) => number): number =>
    heap.reduce((sum, look) => sum + of(look), 0) / heap.length;
  const [step, bytes] = [mean((look) => look.step), mean((look) => look.bytes)];
  const spread = mean((look) => (look.step - step) ** 2);
  const slope = mean((look) => (look.step - step) * (look.bytes - bytes)) / spread;
  const rest = mean((look) => (look.bytes - bytes - slope * (look.step - step)) ** 2);
  return { slope, error: Math.sqrt(rest / spread / (heap.length - 2)) };
}
