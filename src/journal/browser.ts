/**
 * Journals in a browser: the same bytes, in the origin's private file system, under a Web Lock. In a dedicated worker, rounds
 * are written in place; on a page, where only whole files can be put in the place of others, a round costs a copy of the journal.
 */
import { RelizoError } from "../error.ts";
import { has } from "../option.ts";
import { Journal } from "./journal.ts";
import { type Part, type Store, type Stretches, stretchesOf } from "./store.ts";

/**
 * Opens a journal of this origin, be it not there yet. Its lock goes with the tab or the worker, so none is ever left behind.
 *
 * @param name  of the file; beside it come `<name>.pending` and `<name>.snapshot`
 * @param said  told what a person should know: a torn tail that was cut off
 * @throws RelizoError JOURNAL where another tab or worker writes to it, where it is damaged, no journal, or of a newer format;
 *   BACKEND where there is no such file system, or no lock: both need a page of https, or of this machine
 */
export async function openBrowserJournal(
  name: string,
  said: (message: string) => void = () => {},
): Promise<Journal> {
  const release = await locked(name);
  try {
    return await Journal.open(await opfsStore(name, release), said);
  } catch (error) {
    release();
    throw error;
  }
}

/** All bytes of a journal of this origin, for `readJournal`, while nobody writes to it; none where there is none. */
export async function browserJournalBytes(name: string): Promise<Uint8Array> {
  return bytesOf(await folderOf(), name);
}

/** Resolves to what gives the lock back. */
function locked(name: string): Promise<() => void> {
  if (typeof navigator === "undefined" || !has(navigator, "locks")) throw missing("Web Locks");
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(`relizo journal ${name}`, { ifAvailable: true }, (lock) => {
        if (lock) return new Promise<void>((release) => resolve(release));
        throw new RelizoError(
          "JOURNAL",
          `${name} is open for writing in another tab or worker of this site. One writer at a time: wait for it, or close it.`,
        );
      })
      .catch(reject);
  });
}

function folderOf(): Promise<FileSystemDirectoryHandle> {
  const { storage }: { storage?: StorageManager } = typeof navigator === "undefined" ? {} : navigator;
  if (!storage || !has(storage, "getDirectory")) throw missing("a private file system");
  return navigator.storage.getDirectory();
}

const missing = (what: string): RelizoError =>
  new RelizoError("BACKEND", `a journal in a browser needs ${what}, which this page does not have.`);

/** What only grows. */
interface Kept {
  read(): Promise<Uint8Array>;
  append(bytes: Uint8Array): void | Promise<void>;
  truncate(length: number): void | Promise<void>;
  sync(): void;
  close(): void;
}

async function opfsStore(name: string, release: () => void): Promise<Store> {
  const folder = await folderOf();
  const file = (part: Part): string => (part === "journal" ? name : `${name}.${part}`);
  const kept = { journal: await keep(folder, file("journal")), pending: await keep(folder, file("pending")) };
  return {
    name,
    read: (part) =>
      part === "journal" || part === "pending" ? kept[part].read() : bytesOf(folder, file(part)),
    append: (part, bytes) => kept[part].append(bytes),
    truncate: (part, length) => kept[part].truncate(length),
    stretches: (part) => stretchesIn(folder, file(part)),
    async replace(part, pieces) {
      const handle = await folder.getFileHandle(file(part), { create: true });
      if (opensInPlace(handle)) await rewritten(await handle.createSyncAccessHandle(), pieces);
      else await swapped(handle, pieces);
    },
    sync: async (part) => kept[part].sync(),
    async close() {
      kept.journal.close();
      kept.pending.close();
      release();
    },
  };
}

async function bytesOf(folder: FileSystemDirectoryHandle, name: string): Promise<Uint8Array> {
  try {
    const file = await (await folder.getFileHandle(name)).getFile();
    return new Uint8Array(await file.arrayBuffer());
  } catch (error) {
    if (has(error, "name") && error.name === "NotFoundError") return new Uint8Array();
    throw error;
  }
}

async function stretchesIn(folder: FileSystemDirectoryHandle, name: string): Promise<Stretches> {
  try {
    const file = await (await folder.getFileHandle(name)).getFile();
    return {
      size: file.size,
      read: async (at, length) => new Uint8Array(await file.slice(at, at + length).arrayBuffer()),
      async close() {},
    };
  } catch (error) {
    if (has(error, "name") && error.name === "NotFoundError") return stretchesOf(new Uint8Array());
    throw error;
  }
}

/** Not at once, but a snapshot is checked when it is read. */
async function rewritten(handle: InPlace, pieces: Iterable<Uint8Array>): Promise<void> {
  const file = inPlace(handle);
  try {
    await file.truncate(0);
    for (const piece of pieces) await file.append(piece);
  } finally {
    file.close();
  }
}

async function swapped(file: FileSystemFileHandle, pieces: Iterable<Uint8Array>): Promise<void> {
  const out = await file.createWritable();
  try {
    for (const piece of pieces) await out.write(Uint8Array.from(piece));
  } catch (error) {
    await out.abort();
    throw error;
  }
  await out.close();
}

/** Of a dedicated worker; TypeScript's library for pages does not have it. */
interface InPlace {
  getSize(): number;
  read(bytes: Uint8Array, options: { readonly at: number }): number;
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

async function keep(folder: FileSystemDirectoryHandle, name: string): Promise<Kept> {
  const file = await folder.getFileHandle(name, { create: true });
  return opensInPlace(file) ? inPlace(await file.createSyncAccessHandle()) : copied(folder, name, file);
}

function opensInPlace(file: object): file is { createSyncAccessHandle(): Promise<InPlace> } {
  return "createSyncAccessHandle" in file;
}

function inPlace(file: InPlace): Kept {
  return {
    async read() {
      const bytes = new Uint8Array(file.getSize());
      file.read(bytes, { at: 0 });
      return bytes;
    },
    append(bytes) {
      const at = file.getSize();
      const written = file.write(bytes, { at });
      if (written < bytes.length) throw new Error(`${written} of ${bytes.length} bytes were written`);
    },
    truncate: (length) => file.truncate(length),
    sync: () => file.flush(),
    close: () => file.close(),
  };
}

/** Writes the whole file anew, and puts it in the place of the old one. */
function copied(folder: FileSystemDirectoryHandle, name: string, file: FileSystemFileHandle): Kept {
  return {
    read: () => bytesOf(folder, name),
    async append(bytes) {
      const { size } = await file.getFile();
      const out = await file.createWritable({ keepExistingData: true });
      await out.write({ type: "write", position: size, data: Uint8Array.from(bytes) });
      await out.close();
    },
    async truncate(length) {
      const out = await file.createWritable({ keepExistingData: true });
      await out.truncate(length);
      await out.close();
    },
    sync() {},
    close() {},
  };
}
