/** 1. kill -9 of a run at a random moment: resumed until it ends, it is the run that nobody killed. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { uniforms } from "../../src/index.ts";
import { bundled, ended, sideBySide } from "../program.ts";

export const title = "kill -9 of the run at a random moment";

const LANES = 4;
/** Long enough for two snapshots, or four. */
const STEPS_IN_PLACE = { short: 200, whole: 400 };

type Scale = "short" | "whole";

interface Program {
  readonly name: string;
  readonly runs: { readonly short: number; readonly whole: number };
  /** What it is started with, given the folder of the test, where it is bundled, and the journal. */
  start(folder: string, journal: string, scale: Scale): readonly string[];
  readonly source: string;
  /** It goes on from snapshots of its parameters: every third run is killed while one is written. */
  readonly snapshots?: true;
}

const PROGRAMS: readonly Program[] = [
  {
    name: "a program with minimizeRecorded",
    runs: { short: 8, whole: 100 },
    source: "test/faults/programs/run.ts",
    start: (_, journal) => [journal],
  },
  {
    name: "a program with minimizeRecordedInPlace",
    runs: { short: 4, whole: 100 },
    source: "test/faults/programs/in-place.ts",
    snapshots: true,
    start: (_, journal, scale) => [journal, String(STEPS_IN_PLACE[scale])],
  },
  {
    name: "relizo minimize",
    runs: { short: 4, whole: 200 },
    source: "cli/relizo.ts",
    start: (folder, journal) => {
      const module = join(folder, "objective.ts");
      if (!existsSync(module)) writeFileSync(module, OBJECTIVE);
      return ["minimize", module, "--journal", journal, "--resume", "--steps", "24", "--seed", "3", "--json"];
    },
  },
];

/** Some of its queries fail, and a few take so long that the answers before them are kept beside the journal. */
const OBJECTIVE = `
export const x0 = [0, 0.14, -0.28, 0.41, -0.54];
export async function objective(x: Float64Array): Promise<number> {
  const letter = new Uint8Array(x.slice().buffer).reduce((sum, byte) => (Math.imul(31, sum) + byte) >>> 0, 7) >>> 8 & 255;
  if (letter < 8) await new Promise((resolve) => setTimeout(resolve, 300));
  if (letter > 250) throw new Error("failed");
  return x.reduce((sum, xi, i) => sum + (1 + i) * (xi - 1) * (xi - 1), 0);
}
`;

export async function run(scale: Scale): Promise<void> {
  for (const program of PROGRAMS) await runProgram(program, scale);
}

async function runProgram(
  { name, source, start, snapshots, runs: counts }: Program,
  scale: Scale,
): Promise<void> {
  const runs = counts[scale];
  const folder = mkdtempSync(join(tmpdir(), "relizo-kill-"));
  try {
    const script = await bundled(source, folder);
    const command = (journal: string): readonly string[] => [script, ...start(folder, journal, scale)];
    const reference = join(folder, "reference");
    const began = performance.now();
    const first = await ended(command(reference));
    let took = performance.now() - began;
    assert.equal(first.code, 0, first.err);
    const due = result(first.out);
    const whole = readFileSync(reference);
    const count = { runs: 0, kills: 0, torn: 0, midRound: 0, midSnapshot: 0, known: 0, served: 0, spared: 0 };
    await sideBySide(runs, LANES, async (i) => {
      const journal = join(folder, `${i}`);
      let moments = uniforms({ seed: 1, step: i }, 0, 64);
      let kills = 0;
      for (let sitting = 0; ; sitting++) {
        // The first sitting is always killed; from then on it is left to end every other time.
        const killed = sitting === 0 || (sitting < 32 && moments[2 * sitting + 1]! < 0.5);
        const ending = await ended(command(journal), (child) => {
          if (!killed) return;
          let looks: NodeJS.Timeout | undefined;
          const timer = setTimeout(
            () => {
              if (!snapshots || i % 3 > 0) child.kill("SIGKILL");
              else
                looks = setInterval(() => {
                  if (existsSync(`${journal}.snapshot.new`)) child.kill("SIGKILL");
                }, 1);
            },
            took * moments[2 * sitting]!,
          );
          child.on("exit", () => {
            clearTimeout(timer);
            clearInterval(looks);
          });
        });
        if (/torn/.test(ending.err)) count.torn++;
        if (ending.signal === "SIGKILL") {
          kills++;
          if (sizeOf(`${journal}.pending`) > 0) count.midRound++;
          if (existsSync(`${journal}.snapshot.new`)) count.midSnapshot++;
          continue;
        }
        assert.equal(ending.code, 0, ending.err);
        assert.deepEqual(result(ending.out), due, `run ${i}, after ${kills} kills`);
        assert.ok(readFileSync(journal).equals(whole), `journal ${i}`);
        assert.ok(!existsSync(`${journal}.pending`), `pending ${i}`);
        assert.deepEqual(claims(`${journal}.lock`), [], `lock ${i}`);
        rmSync(journal);
        const { known = 0, from = 0 } = sittingOf(ending.out);
        if (known > 0) count.known++;
        if (from > 0) count.served++;
        count.spared += from;
        for (const part of ["snapshot", "snapshot-2", "snapshot.new", "lock"])
          rmSync(`${journal}.${part}`, { force: true, recursive: true });
        if (kills > 0) {
          count.runs++;
          count.kills += kills;
          break;
        }
        took *= 0.9; // it had ended when its moment came: once more, with an earlier one
        moments = moments.map((moment) => 0.9 * moment);
        sitting = -1;
      }
    });
    assert.equal(count.runs, runs);
    if (snapshots) assert.ok(count.served > 0, "no run went on from a snapshot");
    const served = !snapshots
      ? ""
      : `; ${count.served} of ${count.known} last sittings went on from a snapshot and were spared ${(count.spared / count.served).toFixed(0)} rounds each, ` +
        `${count.midSnapshot} kills hit the writing of one`;
    console.log(
      `${name}: ${count.runs}/${runs} killed runs, ${count.kills} times in all (${count.midRound} with answers of an open round, ${count.torn} torn tails found), ` +
        `end with the trajectory, x, queries and journal of the run that nobody killed (${Math.round(took)} ms)${served}: ${JSON.stringify(due)}`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What must be the same: the message names the journal, and the part of samples that were past queries is that of a sitting. */
function result(out: string): Readonly<Record<string, unknown>> {
  const { message: _, reuse: __, sitting: ___, ...same } = JSON.parse(out) as Record<string, unknown>;
  return same;
}

/** Rounds that were in the journal, and the one that the sitting began with, where the program says so. */
function sittingOf(out: string): { readonly known?: number; readonly from?: number } {
  return (
    (JSON.parse(out) as { readonly sitting?: { readonly known: number; readonly from: number } }).sitting ??
    {}
  );
}

/** What is in the folder of a lock, but for a claim over which a process has just died: it is removed a minute later. */
function claims(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith(".")) : [];
}

function sizeOf(path: string): number {
  try {
    return readFileSync(path).length;
  } catch {
    return 0;
  }
}
