/** A journal in files: FILE, FILE.pending, FILE.snapshot, and FILE.lock while somebody writes. */
import {
  close,
  closeSync,
  constants,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  openSync,
  statSync,
  writeSync,
} from "node:fs";
import { open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { RelizoError } from "../../error.ts";
import { has } from "../../option.ts";
import { type Part, type SnapshotPart, type Store, type Stretches, stretchesOf } from "../store.ts";
import type { Lock } from "./lock.ts";

/** Between two looks whether the lock is still ours, where the process was held up meanwhile [ms]. */
const LOOK = 1000;

/** @param path  of the journal; the lock is given back when the store is closed */
export function fileStore(path: string, lock: Lock): Store {
  const files = { journal: new Appended(path), pending: new Appended(`${path}.pending`) };
  let looked = performance.now();

  /** A process that slept through a minute may have lost its lock. */
  function needLock(): void {
    const now = performance.now();
    if (now - looked < LOOK) return;
    if (!lock.held())
      throw new RelizoError(
        "JOURNAL",
        `${path}: its lock was taken over by another process, which goes on with it.`,
      );
    looked = now;
  }

  return {
    name: path,
    read: (part) => readPart(path, part),
    append(part, bytes) {
      needLock();
      files[part].append(bytes);
    },
    truncate(part, length) {
      needLock();
      files[part].truncate(length);
    },
    stretches: (part) => stretchesIn(path, part),
    async replace(part, pieces) {
      needLock();
      const fresh = `${path}.snapshot.new`;
      try {
        const file = await open(fresh, "w");
        try {
          for (const piece of pieces) await file.appendFile(piece);
        } finally {
          await file.close();
        }
        needLock();
        await rename(fresh, `${path}.${part}`);
      } catch (error) {
        await rm(fresh, { force: true });
        throw error;
      }
    },
    sync: (part) => files[part].sync(),
    async close() {
      try {
        await files.journal.close();
        await files.pending.close();
        await removeEmpty(`${path}.pending`); // of this process, or of one that was killed
      } finally {
        await lock.release();
      }
    },
  };
}

/** All bytes of a part; none where there is no file. */
export async function readPart(path: string, part: Part): Promise<Uint8Array> {
  try {
    const { buffer, byteOffset, length } = await readFile(part === "journal" ? path : `${path}.${part}`);
    return new Uint8Array(buffer, byteOffset, length); // a Buffer's own slice would be a view
  } catch (error) {
    if (has(error, "code") && error.code === "ENOENT") return new Uint8Array();
    throw error;
  }
}

async function stretchesIn(path: string, part: SnapshotPart): Promise<Stretches> {
  try {
    const file = await open(`${path}.${part}`, "r");
    const { size } = await file.stat();
    return {
      size,
      async read(at, length) {
        const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, at);
        return buffer.subarray(0, bytesRead);
      },
      close: () => file.close(),
    };
  } catch (error) {
    if (has(error, "code") && error.code === "ENOENT") return stretchesOf(new Uint8Array());
    throw error;
  }
}

async function removeEmpty(path: string): Promise<void> {
  if (statSync(path, { throwIfNoEntry: false })?.size === 0) await rm(path, { force: true });
}

const closed = promisify(close);
const synced = promisify(fsync);

/** A file that only grows, opened when it is first written. */
class Appended {
  readonly #path: string;
  #file: number | undefined;
  #size = 0;
  #closed = false;

  constructor(path: string) {
    this.#path = path;
  }

  append(bytes: Uint8Array): void {
    const file = this.#open();
    const { size } = fstatSync(file);
    if (size !== this.#size)
      throw new RelizoError(
        "JOURNAL",
        `${this.#path} has ${size} bytes where this process left ${this.#size}: another one writes to it.`,
      );
    for (let at = 0; at < bytes.length; )
      at += writeSync(file, bytes, at, bytes.length - at, this.#size + at);
    this.#size += bytes.length;
  }

  truncate(length: number): void {
    ftruncateSync(this.#open(), length);
    this.#size = length;
  }

  async sync(): Promise<void> {
    if (this.#file !== undefined) await synced(this.#file);
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#closed = true;
    if (file === undefined) return;
    this.#file = undefined;
    await closed(file);
  }

  #open(): number {
    if (this.#file !== undefined) return this.#file;
    if (this.#closed) throw new RelizoError("JOURNAL", `${this.#path} was closed; open it again.`);
    this.#file = openSync(this.#path, constants.O_RDWR | constants.O_CREAT, 0o666);
    this.#size = fstatSync(this.#file).size;
    if (this.#size === 0) syncFolder(dirname(this.#path));
    return this.#file;
  }
}

/** So that a power cut does not lose the name of a new file; not every system can. */
function syncFolder(path: string): void {
  try {
    const folder = openSync(path, constants.O_RDONLY);
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch {}
}
