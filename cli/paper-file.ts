/** `paper.json` in the report's folder: the study's results, whole at any moment. */
import { renameSync, writeFileSync } from "node:fs";
import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { isPaperResults, type PaperResults } from "../apps/paper/index.ts";
import { wrong } from "./settings.ts";

const FILE = "paper.json";
/** Where a full run's results go when another run begins in the same folder. */
const BEFORE = "paper-before.json";

/** Writes the results at once: a run that is killed leaves the last whole file. */
export function save(folder: string, results: PaperResults): void {
  const draft = join(folder, `${FILE}.${process.pid}.tmp`);
  writeFileSync(draft, JSON.stringify(results));
  renameSync(draft, join(folder, FILE));
}

/**
 * The results in a file.
 *
 * @throws RelizoError OPTION where it cannot be read, or holds something else
 */
export async function readResults(flag: string, file: string): Promise<PaperResults> {
  let results: unknown;
  try {
    results = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw wrong(`${flag} ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isPaperResults(results)) throw wrong(`${flag} ${file}: it is no paper.json of this version.`);
  return results;
}

/** What a run into the folder finished before; undefined, and said, where there is none. */
export async function earlier(folder: string): Promise<PaperResults | undefined> {
  const file = join(folder, FILE);
  const there = await readFile(file).then(
    () => true,
    () => false,
  );
  if (there) return readResults("--resume", file);
  console.error(`There is no ${file} to resume; starting afresh.`);
  return undefined;
}

/** A full run's results are half an hour's work: they are kept under another name when a new run begins. */
export async function keepAside(folder: string): Promise<void> {
  const file = join(folder, FILE);
  const before = await readResults("", file).catch(() => undefined);
  if (before === undefined || before.quick) return;
  await rename(file, join(folder, BEFORE));
  console.error(`The full run's results that were there are now ${join(folder, BEFORE)}.`);
}
