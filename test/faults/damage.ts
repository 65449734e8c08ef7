/** 2. A journal cut at every byte, and one byte of it changed at many: the last whole record, or an error that names the trouble. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Ask } from "../../src/evaluate/task.ts";
import { RelizoError, uniforms } from "../../src/index.ts";
import { openJournal } from "../../src/journal/file/index.ts";
import {
  type JournalContents,
  minimizeRecorded,
  type RecordedSolution,
  readJournal,
} from "../../src/journal/index.ts";

export const title = "The journal cut at every byte, and bytes changed";

const FLIPS = { short: 300, whole: 1000 };
/** Of how many cuts, and of how many changed bytes, one is resumed. */
const SAMPLE = { short: 97, whole: 11 };
const X0 = Float64Array.from({ length: 5 }, (_, i) => Math.cos(i));
const RUN = { seed: 4, maxSteps: 16, settings: {} };

const value = (x: Float64Array): number => x.reduce((sum, xi, i) => sum + (1 + i) * (xi - 1) ** 2, 0);

/** Fails some queries; a failed one is a value too. */
const ask: Ask = async (tasks, { began, answered }) => {
  for (const { index, round, candidate } of tasks) {
    began();
    answered(index, (round + index) % 17 === 0 ? Number.NaN : value(candidate));
  }
};

async function sitting(
  path: string,
  answer = ask,
  signal: AbortSignal | undefined = undefined,
): Promise<RecordedSolution> {
  const journal = await openJournal(path);
  try {
    return await minimizeRecorded(answer, X0, { ...RUN, journal, signal });
  } finally {
    await journal.close();
  }
}

export async function run(scale: "short" | "whole"): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "relizo-damage-"));
  const path = join(folder, "journal");
  try {
    const due = await sitting(path);
    const whole = readFileSync(path);
    const all = readJournal(whole);
    let resumed = 0;
    /** The journal as it is in the file now must end as the whole one does. */
    const resumes = async (bytes: Uint8Array, what: string): Promise<void> => {
      writeFileSync(path, bytes);
      assert.deepEqual(await sitting(path), due, what);
      assert.deepEqual(readFileSync(path), whole, what);
      resumed++;
    };

    let [cuts, most] = [0, 0];
    for (let length = 0; length <= whole.length; length++, cuts++) {
      const found = readJournal(whole.subarray(0, length));
      isPrefix(found, all, `cut at ${length}`);
      const lost = all.rounds.length - found.rounds.length;
      const complete = all.rounds.filter((_, i) => endOf(whole, i) <= length).length;
      assert.equal(found.rounds.length, complete, `cut at ${length} loses ${lost} rounds`);
      most = Math.max(most, length - found.bytes);
      if (length % SAMPLE[scale] === 0) await resumes(whole.subarray(0, length), `cut at ${length}`);
    }

    const outcomes = { torn: 0, refused: 0, silent: 0 };
    const chances = uniforms({ seed: 2, step: 0 }, 0, 2 * FLIPS[scale]);
    for (let i = 0; i < FLIPS[scale]; i++) {
      const at = Math.floor(chances[2 * i]! * whole.length);
      const bytes = Uint8Array.from(whole);
      bytes[at]! ^= 1 + Math.floor(chances[2 * i + 1]! * 255);
      const what = `byte ${at} changed from ${whole[at]} to ${bytes[at]}`;
      const found = readOrError(bytes);
      if (found instanceof RelizoError) {
        outcomes.refused++;
        assert.equal(found.code, "JOURNAL", what);
        if (i % SAMPLE[scale] === 0) {
          writeFileSync(path, bytes);
          await assert.rejects(sitting(path), { code: "JOURNAL" }, what);
          assert.ok(readFileSync(path).equals(bytes), what);
          assert.ok(!existsSync(`${path}.lock`), what);
        }
        continue;
      }
      isPrefix(found, all, what);
      if (found.tail.state === "torn") outcomes.torn++;
      else outcomes.silent++;
      assert.ok(at >= endOf(whole, all.rounds.length - 2), `${what}: only the last record may be torn`);
      await resumes(bytes, what);
    }
    assert.equal(outcomes.silent, 0);
    console.log(
      `${whole.length} bytes, ${all.rounds.length} rounds. Cut at each of ${cuts} places: the whole records before it, at most ${most} bytes lost. ` +
        `${FLIPS[scale]} changed bytes: ${outcomes.refused} named errors, ${outcomes.torn} in the last record, ${outcomes.silent} silent. ` +
        `${resumed} of what was left resumed to the same end, bytes and all`,
    );
    const bits = everyBit(whole, all);
    console.log(
      `Each of ${8 * whole.length} bits changed: ${bits.named} named errors, ${bits.torn} in the last record, none silent`,
    );
    await besides(scale, path, due, whole);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function everyBit(
  whole: Uint8Array,
  all: JournalContents,
): { readonly named: number; readonly torn: number } {
  const last = endOf(whole, all.rounds.length - 2);
  let [named, torn] = [0, 0];
  for (let at = 0; at < whole.length; at++)
    for (let bit = 0; bit < 8; bit++) {
      const bytes = Uint8Array.from(whole);
      bytes[at]! ^= 1 << bit;
      const found = readOrError(bytes);
      const what = `bit ${bit} of byte ${at}`;
      assert.equal(found instanceof RelizoError, at < last, what);
      if (found instanceof RelizoError) {
        named++;
        continue;
      }
      torn++;
      assert.equal(found.tail.state, "torn", what);
      assert.equal(found.rounds.length, all.rounds.length - 1, what);
      isPrefix(found, all, what);
    }
  return { named, torn };
}

/** The files beside the journal are cut and changed alike: whatever is in them, the run ends in the same bits. */
async function besides(
  scale: "short" | "whole",
  path: string,
  due: RecordedSolution,
  whole: Uint8Array,
): Promise<void> {
  rmSync(path);
  const stop = new AbortController();
  let round = -1;
  const half: Ask = async (tasks, listener) => {
    round = tasks[0]!.round;
    await pause(60); // for a second, after which a snapshot is taken
    await ask(round < 24 || tasks.length < 4 ? tasks : tasks.slice(0, 4), listener);
    if (round >= 24 && tasks.length > 4) stop.abort();
  };
  const { outcome } = await sitting(path, half, stop.signal);
  assert.equal(outcome, "aborted");
  const begun = readFileSync(path);
  const kept = { pending: readFileSync(`${path}.pending`), snapshot: readFileSync(`${path}.snapshot`) };
  for (const [part, bytes] of Object.entries(kept)) {
    const step = Math.ceil(bytes.length / (scale === "whole" ? 300 : 30));
    const chances = uniforms({ seed: 3, step: bytes.length }, 0, bytes.length);
    let [tries, fewest] = [0, Infinity];
    for (let at = 0; at < bytes.length; at += step) {
      const changed = Uint8Array.from(bytes);
      changed[at]! ^= 1 + Math.floor(chances[at]! * 255);
      for (const [what, spoiled] of Object.entries({ cut: bytes.subarray(0, at), changed })) {
        writeFileSync(path, begun);
        for (const [name, whole] of Object.entries(kept)) writeFileSync(`${path}.${name}`, whole);
        writeFileSync(`${path}.${part}`, spoiled);
        let asked = 0;
        const counting: Ask = async (tasks, listener) => {
          asked += tasks.length;
          await ask(tasks, listener);
        };
        assert.deepEqual(await sitting(path, counting), due, `${part} ${what} at ${at}`);
        assert.ok(readFileSync(path).equals(whole), `${part} ${what} at ${at}`);
        fewest = Math.min(fewest, asked);
        tries++;
      }
    }
    console.log(
      `${bytes.length} bytes of ${part} cut and changed at ${tries / 2} places: the same end, bytes and all, each time; ${fewest} queries asked at least`,
    );
  }
}

function readOrError(bytes: Uint8Array): JournalContents | RelizoError {
  try {
    return readJournal(bytes);
  } catch (error) {
    if (error instanceof RelizoError) return error;
    throw error;
  }
}

function isPrefix(found: JournalContents, all: JournalContents, what: string): void {
  if (found.header) assert.deepEqual(found.header, all.header, what);
  assert.deepEqual(found.rounds, all.rounds.slice(0, found.rounds.length), what);
}

/** Where round i ends: lengths are the first four bytes of records, eight of a checksum the last. */
function endOf(bytes: Uint8Array, round: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 8;
  for (let record = 0; record <= round + 1; record++) at += 12 + view.getUint32(at, true);
  return at;
}
