/** Journals in files: the names of `relizo/journal/file`, for Node. */
import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { RelizoError } from "../../error.ts";
import { Journal } from "../journal.ts";
import { type JournalContents, readJournal } from "../read.ts";
import { type LockOptions, lock } from "./lock.ts";
import { fileStore, readPart } from "./store.ts";

export type { LockOptions } from "./lock.ts";

/**
 * Opens a journal for writing, be it not there yet; beside it come `<path>.lock` while it is open, `<path>.pending` while a round
 * takes long, and `<path>.snapshot`. Close it, so that others can have it at once.
 *
 * @param options  `said` is told what a person should know: a torn tail that was cut off, a lock that was taken over
 * @throws RelizoError JOURNAL where another process writes to it, where it is damaged, no journal, or of a newer format
 */
export async function openJournal(path: string, options: LockOptions = {}): Promise<Journal> {
  const real = await oneName(path);
  const held = await lock(real, options);
  try {
    return await Journal.open(fileStore(real, held), options.said);
  } catch (error) {
    await held.release();
    throw error;
  }
}

/**
 * What a journal holds, whoever writes to it at the time.
 *
 * @throws RelizoError JOURNAL as `readJournal` does; DATA where there is no file
 */
export async function readJournalFile(path: string): Promise<JournalContents> {
  const bytes = await readPart(path, "journal");
  if (bytes.length === 0)
    throw new RelizoError("DATA", `${path} is not there, or empty; a journal was needed.`);
  return readJournal(bytes, path);
}

/** A file has one lock, whatever links lead to it. */
async function oneName(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return join(await realpath(dirname(path)), basename(path));
  }
}
