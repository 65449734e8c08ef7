/** 1. kill -9 of a run at a random moment: resumed until it ends, it is the run that nobody killed. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { uniforms } from "../../src/index.ts";
import { bundled, ended, sideBySide } from "../program.ts";

export const title = "kill -9 of the run at a random moment";

const RUNS = { short: 12, whole: 200 };
const LANES = 2;

export async function run(scale: "short" | "whole"): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "relizo-kill-"));
  try {
    const script = await bundled("test/faults/programs/run.ts", folder);
    const reference = join(folder, "reference");
    const began = performance.now();
    const { out: due, code, err } = await ended([script, reference]);
    let took = performance.now() - began;
    assert.equal(code, 0, err);
    const whole = readFileSync(reference);
    const count = { runs: 0, kills: 0, torn: 0, midRound: 0 };
    await sideBySide(RUNS[scale], LANES, async (i) => {
      const journal = join(folder, `${i}`);
      let moments = uniforms({ seed: 1, step: i }, 0, 64);
      let kills = 0;
      for (let sitting = 0; ; sitting++) {
        // The first sitting is always killed; from then on it is left to end every other time.
        const killed = sitting === 0 || (sitting < 32 && moments[2 * sitting + 1]! < 0.5);
        const ending = await ended([script, journal], (child) => {
          if (!killed) return;
          const timer = setTimeout(() => child.kill("SIGKILL"), took * moments[2 * sitting]!);
          child.on("exit", () => clearTimeout(timer));
        });
        if (/torn/.test(ending.err)) count.torn++;
        if (ending.signal === "SIGKILL") {
          kills++;
          if (sizeOf(`${journal}.pending`) > 0) count.midRound++;
          continue;
        }
        assert.equal(ending.code, 0, ending.err);
        assert.equal(ending.out, due, `run ${i}, after ${kills} kills`);
        assert.ok(readFileSync(journal).equals(whole), `journal ${i}`);
        for (const part of ["pending", "lock"]) assert.ok(!existsSync(`${journal}.${part}`), `${part} ${i}`);
        if (kills > 0) {
          count.runs++;
          count.kills += kills;
          break;
        }
        took *= 0.9; // it had ended when its moment came: once more, with an earlier one
        moments = moments.map((moment) => 0.9 * moment);
        sitting = -1;
        rmSync(journal);
        rmSync(`${journal}.snapshot`, { force: true });
      }
      rmSync(journal);
      rmSync(`${journal}.snapshot`, { force: true });
    });
    assert.equal(count.runs, RUNS[scale]);
    console.log(
      `${count.runs}/${RUNS[scale]} killed runs, ${count.kills} times in all (${count.midRound} with answers of an open round, ${count.torn} torn tails found), ` +
        `end with the trajectory, x, queries and journal of the run that nobody killed (${Math.round(took)} ms): ${due.trim()}`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function sizeOf(path: string): number {
  try {
    return readFileSync(path).length;
  } catch {
    return 0;
  }
}
