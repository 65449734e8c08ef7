/**
 * One writer at a time. Whoever wants a file puts a claim of its own name into the folder `<file>.lock`, and has the lock when it
 * then finds no other: of two who claim, at least the later one sees the other. No name is used twice, so to remove what a dead
 * process left can never remove a lock that somebody has just got, which is how a single lock file is taken over by two at once.
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rmdir, stat, unlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { RelizoError } from "../../error.ts";
import { has } from "../../option.ts";
import { isThere, type Owner, ourselves, readOwner } from "./owner.ts";

export interface Lock {
  /** Whether it was not taken over meanwhile. */
  held(): boolean;
  release(): Promise<void>;
}

export interface LockOptions {
  /** Take over from an owner of another machine that has given no sign of life for a minute. Default false. */
  readonly takeOver?: boolean | undefined;
  /** Told of every lock that is taken over. */
  readonly said?: ((message: string) => void) | undefined;
}

/** Between two signs of life [ms]. */
const BEAT = 10_000;
/** Silence after which an owner of another machine counts as gone, when somebody says so [ms]. */
const SILENCE = 60_000;
/** How long a claim that goes first waits for later ones to withdraw, and between two looks [ms]. */
const WITHDRAWAL = 2000;
const LOOK = 3;
/** Marks that a claim has become a lock: no need to wait for it to withdraw. */
const HELD = ".held";
/** Begins the name of a claim that is being written. */
const DRAFT = ".";

/**
 * Locks a file, which need not exist; resolves at once or rejects. A lock whose process is gone, on this machine, is
 * taken over; that is said.
 *
 * @throws RelizoError JOURNAL where somebody else has it: the message says who, and since when
 */
export async function lock(path: string, { takeOver = false, said }: LockOptions = {}): Promise<Lock> {
  const folder = `${path}.lock`;
  const name = randomUUID();
  await claim(folder, name);
  try {
    await win(path, folder, name, takeOver, said ?? (() => {}));
    await writeFile(join(folder, name + HELD), "");
  } catch (error) {
    await withdraw(folder, name);
    throw error;
  }
  const beat = setInterval(() => {
    const now = new Date();
    utimes(join(folder, name), now, now).catch(() => {}); // `held` says that it is gone
  }, BEAT);
  beat.unref();
  return {
    held: () => existsSync(join(folder, name)),
    async release() {
      clearInterval(beat);
      await withdraw(folder, name);
    },
  };
}

/** A claim shows with all that it says, or not at all. */
async function claim(folder: string, name: string): Promise<void> {
  const draft = join(folder, `${DRAFT}${name}`);
  for (let tries = 1; ; tries++) {
    try {
      await mkdir(folder).catch(unless("EEXIST"));
      await writeFile(draft, JSON.stringify(ourselves()));
      await rename(draft, join(folder, name));
      return;
    } catch (error) {
      if (isError(error, "ENOTDIR"))
        throw new RelizoError(
          "JOURNAL",
          `${folder} is in the way: it is no folder, and was not made by relizo. Remove it where nobody writes to ${folder.slice(0, -".lock".length)}.`,
          { cause: error },
        );
      // Whoever released the lock last has removed the folder in between.
      if (!(isError(error, "ENOENT") && existsSync(join(folder, "..")) && tries < 100)) throw error;
    }
  }
}

async function withdraw(folder: string, name: string): Promise<void> {
  await remove(folder, name);
  await rmdir(folder).catch(() => {}); // others are in it, or it is gone
}

/** Resolves when no other claim is left; rejects where another one has, or will have, the lock. */
async function win(
  path: string,
  folder: string,
  name: string,
  takeOver: boolean,
  said: (message: string) => void,
): Promise<void> {
  const began = performance.now();
  for (;;) {
    const names = await readdir(folder);
    for (const draft of names.filter(isDraft)) await removeOld(join(folder, draft));
    for (const mark of names)
      if (mark.endsWith(HELD) && !names.includes(mark.slice(0, -HELD.length)))
        await unlink(join(folder, mark)).catch(unless("ENOENT")); // its process died over giving the lock back
    const rivals = names.filter((one) => one !== name && !isDraft(one) && !one.endsWith(HELD));
    let first = true;
    let there: Claim | undefined;
    for (const rival of rivals) {
      const found = await readClaim(folder, rival);
      if (!found) continue; // withdrawn
      const { state } = found;
      if (state === "gone" || (state !== "there" && takeOver)) {
        await remove(folder, rival);
        said(
          state === "foreign"
            ? `The lock of ${path} was taken over: ${found.file} was removed, which named no owner.`
            : `The lock of ${path} was taken over: its owner, ${whose(found)}, is gone.`,
        );
        continue;
      }
      there = found;
      if (state !== "there" || names.includes(rival + HELD)) throw refused(path, found);
      if (rival < name) first = false;
    }
    if (!there) return;
    if (!first || performance.now() - began > WITHDRAWAL) throw refused(path, there);
    await pause(LOOK);
  }
}

interface Claim {
  /** Where it is, and how many bytes it has. */
  readonly file: string;
  readonly bytes: number;
  readonly owner: Owner | undefined;
  /** Since the last sign of life [ms]. */
  readonly silence: number;
  /** Since it was made [ms]. */
  readonly age: number;
  /** A claim shows with its owner in it, or not at all; so what names none is foreign. */
  readonly state: "there" | "gone" | "silent" | "foreign";
}

async function readClaim(folder: string, name: string): Promise<Claim | undefined> {
  try {
    const file = join(folder, name);
    const { mtimeMs, size: bytes } = await stat(file);
    const text = await readFile(file, "utf8").catch(unless("EISDIR"));
    const owner = readOwner(text ?? "");
    const now = Date.now();
    const [silence, age] = [now - mtimeMs, now - (owner?.since ?? mtimeMs)];
    return { file, bytes, owner, silence, age, state: owner ? stateOf(owner, silence) : "foreign" };
  } catch (error) {
    if (isError(error, "ENOENT")) return undefined;
    throw error;
  }
}

function stateOf(owner: Owner, silence: number): Claim["state"] {
  const there = isThere(owner);
  if (there === undefined) return silence > SILENCE ? "silent" : "there";
  return there ? "there" : "gone";
}

function isDraft(name: string): boolean {
  return name.startsWith(DRAFT);
}

/** A process may die over its draft; another one may be at it. */
async function removeOld(draft: string): Promise<void> {
  try {
    if (Date.now() - (await stat(draft)).mtimeMs > SILENCE) await unlink(draft);
  } catch (error) {
    unless("ENOENT")(error);
  }
}

async function remove(folder: string, name: string): Promise<void> {
  for (const one of [name, name + HELD]) await unlink(join(folder, one)).catch(unless("ENOENT"));
}

function refused(path: string, claim: Claim): RelizoError {
  if (claim.state === "foreign")
    return new RelizoError(
      "JOURNAL",
      `${claim.file} (${claim.bytes} bytes) is in the way: it is in the folder of the lock, and names no owner as relizo's claims do. ` +
        `Where nobody writes to ${path}, remove it, or take over: takeOver: true, or --take-over.`,
    );
  const who = `${path} is open for writing in ${whose(claim)}`;
  return new RelizoError(
    "JOURNAL",
    claim.state === "silent"
      ? `${who}, which has given no sign of life for ${duration(claim.silence)}. Where it is certainly gone, take over: takeOver: true, or --take-over.`
      : `${who}, for ${duration(claim.age)}; last sign of life ${duration(claim.silence)} ago. One writer at a time: wait for it, or end it.`,
  );
}

function whose({ owner }: Claim): string {
  return owner?.pid === process.pid && isThere(owner)
    ? "this very process"
    : `process ${owner?.pid} on ${owner?.host}`;
}

function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

function isError(error: unknown, code: string): boolean {
  return has(error, "code") && error.code === code;
}

/** Swallows one kind of error. */
function unless(code: string): (error: unknown) => undefined {
  return (error) => {
    if (!isError(error, code)) throw error;
    return undefined;
  };
}
