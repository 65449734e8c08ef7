import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type Ask, askInline } from "../../evaluate/task.ts";
import { minimizeRecorded } from "../minimize-recorded.ts";
import { openJournal, readJournalFile } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "relizo-journal-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const X0 = Float64Array.of(3, -2, 0.5, 1);
const bowl = (x: Float64Array): number => x.reduce((sum, value, i) => sum + (i + 1) * (value - 1) ** 2, 0);
const options = { seed: 5, maxSteps: 12 } as const;

async function sitting(path: string, ask: Ask, more: { readonly run?: string } = {}) {
  const said: string[] = [];
  const journal = await openJournal(path, { said: (message) => said.push(message) });
  try {
    return { solution: await minimizeRecorded(ask, X0, { ...options, ...more, journal }), said };
  } finally {
    await journal.close();
  }
}

test("a run in a file: the journal is left, no lock and no answers beside it, and is read by others", async () => {
  const path = join(folder, "run");
  writeFileSync(`${path}.pending`, ""); // as a process leaves it that is killed between two rounds
  const { solution } = await sitting(path, askInline(bowl));
  assert.deepEqual(
    readdirSync(folder).filter((name) => name !== "run.snapshot"), // taken where the run takes a second or more
    ["run"],
  );
  const { rounds, tail, header } = await readJournalFile(path);
  assert.equal(header?.method, "relizo");
  assert.equal(tail.state, "whole");
  assert.equal(rounds.flatMap(({ values }) => [...values]).length, solution.queries);
  const again = await sitting(path, async () => assert.fail("nothing is asked"));
  assert.deepEqual(again.solution, solution);
});

test("a torn tail is cut off, and that is said; any byte after it would be damage", async () => {
  const path = join(folder, "torn");
  const { solution } = await sitting(path, askInline(bowl));
  const whole = readFileSync(path);
  writeFileSync(path, whole.subarray(0, whole.length - 5));
  const before = await readJournalFile(path);
  assert.equal(before.tail.state, "torn");
  const again = await sitting(path, askInline(bowl));
  assert.match(again.said.join(), /torn ends in \d+ bytes that are no whole record .* cut off/);
  assert.deepEqual(again.solution, solution);
  assert.deepEqual(readFileSync(path), whole);
});

test("a damaged journal is refused and left as it is, and so is a file of another kind", async () => {
  const path = join(folder, "damaged");
  await sitting(path, askInline(bowl));
  const bytes = readFileSync(path);
  bytes[400]! ^= 1;
  writeFileSync(path, bytes);
  await assert.rejects(openJournal(path), { code: "JOURNAL", message: /damaged at byte \d+, in record \d+/ });
  assert.deepEqual(readFileSync(path), bytes);
  const text = join(folder, "text");
  writeFileSync(text, "dear diary");
  await assert.rejects(openJournal(text), { code: "JOURNAL", message: /text is no journal of relizo/ });
  assert.equal(readFileSync(text, "utf8"), "dear diary");
  assert.ok(!existsSync(`${path}.lock`));
});

test("two names of one file have one lock", async () => {
  const path = join(folder, "linked");
  await sitting(path, askInline(bowl));
  symlinkSync(path, join(folder, "link"));
  const journal = await openJournal(path);
  await assert.rejects(openJournal(join(folder, "link")), { code: "JOURNAL", message: /open for writing/ });
  await journal.close();
});

test("whoever writes to the file besides is noticed before the next record", async () => {
  const path = join(folder, "shared");
  const ask: Ask = async (tasks, listener) => {
    if (tasks[0]?.round === 3) appendFileSync(path, "x");
    await askInline(bowl)(tasks, listener);
  };
  await assert.rejects(sitting(path, ask), { code: "JOURNAL", message: /another one writes to it/ });
});

test("a process that slept while its lock was taken over writes nothing more", async () => {
  const path = join(folder, "slept");
  const ask: Ask = async (tasks, listener) => {
    if (tasks[0]?.round === 2) {
      rmSync(`${path}.lock`, { recursive: true });
      const other = await openJournal(path);
      await pause(1100);
      await askInline(bowl)(tasks, listener);
      after(() => other.close());
    } else await askInline(bowl)(tasks, listener);
  };
  await assert.rejects(sitting(path, ask), {
    code: "JOURNAL",
    message: /its lock was taken over by another process/,
  });
  assert.equal((await readJournalFile(path)).rounds.length, 2);
});

test("an answer of a long round is in the file while the round is open", async () => {
  const path = join(folder, "long");
  const sizes: number[] = [];
  let first = true;
  const ask: Ask = async (tasks, listener) => {
    if (!first) return askInline(bowl)(tasks, listener);
    first = false;
    for (const { index, candidate } of tasks) {
      listener.began();
      listener.answered(index, bowl(candidate));
      if (index < 2) await pause(400);
    }
    sizes.push(readFileSync(`${path}.pending`).length);
  };
  await sitting(path, ask);
  assert.ok(sizes[0]! > 100, `${sizes}`);
  assert.ok(!existsSync(`${path}.pending`));
});

test("an objective that computes for long in this thread finds its last answer in the file", async () => {
  const path = join(folder, "blocking");
  const sizes: number[] = [];
  const blocking = askInline((x) => {
    if (sizes.length < 4) {
      const until = performance.now() + 300;
      while (performance.now() < until);
      sizes.push(statSync(`${path}.pending`, { throwIfNoEntry: false })?.size ?? 0);
    }
    return bowl(x);
  });
  await sitting(path, blocking);
  const [none, one, two, three] = sizes;
  assert.equal(none, 0);
  assert.ok(one! > 60 && two! > one! && three! - two! === two! - one!, `${sizes}`);
});

test("a snapshot shortens a replay, and one that does not serve is ignored", async () => {
  const path = join(folder, "snapshot");
  const slow: Ask = async (tasks, listener) => {
    if (tasks[0]!.round > 5) await pause(60);
    await askInline(bowl)(tasks, listener);
  };
  const { solution } = await sitting(path, slow);
  const snapshot = readFileSync(`${path}.snapshot`);
  const steps = async (bytes: Uint8Array) => {
    writeFileSync(`${path}.snapshot`, bytes);
    let count = 0;
    const said: string[] = [];
    const journal = await openJournal(path, { said: (message) => said.push(message) });
    const none = async (): Promise<void> => assert.fail("nothing is asked");
    const onStep = (): number => count++;
    const resumed = await minimizeRecorded(none, X0, { ...options, journal, onStep });
    await journal.close();
    assert.deepEqual(resumed, solution);
    return { count, said: said.join() };
  };
  const served = await steps(snapshot);
  const { rounds } = await readJournalFile(path);
  assert.ok(served.count >= 2 && served.count < rounds.length, `${served.count}`);
  assert.equal(served.said, "");
  const flipped = snapshot.map((byte, i) => (i === 200 ? byte ^ 4 : byte));
  for (const bytes of [flipped, snapshot.subarray(0, 99), Buffer.from("dear diary")]) {
    const whole = await steps(bytes);
    assert.equal(whole.count, rounds.length);
    assert.match(whole.said, /ignored, and the journal replayed whole/);
  }
  const whole = readFileSync(path);
  writeFileSync(path, whole.subarray(0, 700));
  writeFileSync(`${path}.snapshot`, snapshot);
  const shorter = await sitting(path, askInline(bowl));
  assert.match(shorter.said.join(), /is of a round that it does not have: it is ignored/);
  assert.deepEqual([shorter.solution, readFileSync(path)], [solution, whole]);
  const other = join(folder, "other");
  writeFileSync(`${other}.snapshot`, snapshot);
  const { said } = await sitting(
    other,
    askInline((x) => bowl(x) + 1),
    { run: "other" },
  );
  assert.match(said.join(), /belongs to another journal: it is ignored/);
});
