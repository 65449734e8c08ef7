/** Where a command writes: seen to before anything runs, so that no result is lost to a wrong path. */
import { constants } from "node:fs";
import { access, mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { wrong } from "./settings.ts";

/**
 * Makes the folder of an option, with those above it.
 *
 * @throws RelizoError OPTION where it cannot be made, or nothing can be written in it
 */
export async function ready(flag: string, folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw wrong(
      `${flag} must be a folder that can be made and written, got ${JSON.stringify(folder)} (${reason}).`,
    );
  }
}

/** The same for the folder of a file. */
export async function readyFor(flag: string, file: string): Promise<void> {
  if (file === "") throw wrong(`${flag} must be a file, got "".`);
  await ready(`${flag}: the folder of the file`, dirname(file));
  const found = await stat(file).catch(() => undefined);
  if (!found) return;
  if (found.isDirectory()) throw wrong(`${flag} must be a file, got the folder ${JSON.stringify(file)}.`);
  await access(file, constants.W_OK).catch(() => {
    throw wrong(`${flag} must be a file that can be written, got ${JSON.stringify(file)}.`);
  });
}
