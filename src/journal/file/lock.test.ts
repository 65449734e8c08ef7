import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { lock } from "./lock.ts";
import { isThere, type Owner, ourselves } from "./owner.ts";

const folder = mkdtempSync(join(tmpdir(), "relizo-lock-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A claim that a process left. */
function leave(path: string, owner: Owner, silence = 0): string {
  mkdirSync(`${path}.lock`, { recursive: true });
  const claim = join(`${path}.lock`, "0-left");
  writeFileSync(claim, JSON.stringify(owner));
  const then = Date.now() / 1000 - silence;
  utimesSync(claim, then, then);
  return claim;
}

async function gone(): Promise<Owner> {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "close");
  return { ...ourselves(), pid: child.pid! };
}

test("who has the lock keeps others out, and gives it back without a trace", async () => {
  const path = join(folder, "one");
  const held = await lock(path);
  assert.ok(held.held());
  await assert.rejects(lock(path, { takeOver: true }), {
    code: "JOURNAL",
    message:
      /one is open for writing in this very process, for \d+ s; last sign of life .* One writer at a time/,
  });
  await held.release();
  assert.ok(!held.held());
  assert.ok(!existsSync(`${path}.lock`));
  await (await lock(path)).release();
});

test("of many at once, one gets it", async () => {
  const path = join(folder, "many");
  for (let round = 0; round < 20; round++) {
    const all = await Promise.allSettled(Array.from({ length: 5 }, () => lock(path)));
    const held = all.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    assert.equal(held.length, 1);
    await held[0]!.release();
  }
});

test("the lock of a process that is gone is taken over by one of many, and that is said", async () => {
  const path = join(folder, "dead");
  const dead = await gone();
  for (let round = 0; round < 20; round++) {
    leave(path, dead);
    const draft = join(`${path}.lock`, ".draft");
    writeFileSync(draft, "{");
    utimesSync(draft, 1, 1);
    writeFileSync(join(`${path}.lock`, "1-left.held"), "");
    const said: string[] = [];
    const note = { said: (message: string) => said.push(message) };
    const all = await Promise.allSettled(Array.from({ length: 5 }, () => lock(path, note)));
    const held = all.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    assert.equal(held.length, 1);
    assert.match(said.join("\n"), new RegExp(`its owner, process ${dead.pid} on .*, is gone`));
    await held[0]!.release();
    assert.ok(!existsSync(`${path}.lock`), readdirSync(folder).join());
  }
});

test("a number that was given to another process is not taken for its owner", async () => {
  const { began, ...us } = ourselves();
  if (began === "") return; // this system does not say when a process began
  const path = join(folder, "reused");
  leave(path, { ...us, began: "1" });
  await (await lock(path)).release();
  assert.equal(isThere({ ...us, began }), true);
  assert.equal(isThere({ ...us, began, place: "elsewhere" }), undefined);
});

test("an owner on another machine is believed for a minute, and then taken over when somebody says so", async () => {
  const path = join(folder, "elsewhere");
  const owner = { pid: 1, host: "far", place: "another boot", began: "7", since: Date.now() };
  const claim = leave(path, owner, 30);
  await assert.rejects(lock(path, { takeOver: true }), { code: "JOURNAL", message: /process 1 on far, for/ });
  leave(path, owner, 300);
  await assert.rejects(lock(path), {
    code: "JOURNAL",
    message:
      /process 1 on far, which has given no sign of life for 5 min\. .* takeOver: true, or --take-over/,
  });
  assert.ok(existsSync(claim));
  const said: string[] = [];
  const held = await lock(path, { takeOver: true, said: (message) => said.push(message) });
  assert.match(said.join(), /process 1 on far, is gone/);
  await held.release();
});

test("foreign bytes in the folder of a lock are named at once, and go when somebody says so", async () => {
  const path = join(folder, "foreign");
  for (const [name, text] of Object.entries({ notes: "dear diary", torn: "", half: '{"pid": 1' })) {
    mkdirSync(`${path}.lock`);
    const file = join(`${path}.lock`, name);
    writeFileSync(file, text);
    await assert.rejects(lock(path), {
      code: "JOURNAL",
      message: new RegExp(
        `foreign.lock.${name} \\(${text.length} bytes\\) is in the way: .* names no owner .* remove it, or take over`,
      ),
    });
    assert.equal(readFileSync(file, "utf8"), text);
    const said: string[] = [];
    const held = await lock(path, { takeOver: true, said: (message) => said.push(message) });
    assert.match(said.join(), new RegExp(`foreign.lock.${name} was removed, which named no owner`));
    await held.release();
    assert.ok(!existsSync(`${path}.lock`));
  }
  mkdirSync(join(`${path}.lock`, "below"), { recursive: true });
  await assert.rejects(lock(path), { code: "JOURNAL", message: /foreign.lock.below .* is in the way/ });
  rmSync(`${path}.lock`, { recursive: true });
  writeFileSync(`${path}.lock`, "somebody's");
  await assert.rejects(lock(path), {
    code: "JOURNAL",
    message: /foreign.lock is in the way: it is no folder/,
  });
  assert.equal(readFileSync(`${path}.lock`, "utf8"), "somebody's");
});

test("who lost the lock is told so", async () => {
  const path = join(folder, "lost");
  const held = await lock(path);
  rmSync(`${path}.lock`, { recursive: true });
  assert.ok(!held.held());
  await held.release();
});

test("a folder that is not there is named", async () => {
  await assert.rejects(lock(join(folder, "nowhere", "run")), /ENOENT.*nowhere/);
});
