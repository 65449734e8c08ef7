/** Files beside a model, as places for numbers that it only names. */
import { open, stat } from "node:fs/promises";
import { basename, isAbsolute, join, normalize, resolve, sep } from "node:path";
import { RelizoError } from "../../error.ts";
import type { ExternalData } from "../model.ts";

/**
 * Reads files of a folder, piece by piece. What a model names must lie in it: a file from elsewhere could name any file of this
 * machine.
 */
export function filesBeside(folder: string, where: string): ExternalData {
  return {
    folder: resolve(folder),
    async size(location) {
      const path = inside(folder, location, where);
      try {
        return (await stat(path)).size;
      } catch (cause) {
        throw new RelizoError(
          "DATA",
          `${where}: numbers of the model lie beside it in ${JSON.stringify(location)}, which is not there; put that file into the model's folder.`,
          { cause },
        );
      }
    },
    async read(location, offset, length) {
      const handle = await open(inside(folder, location, where));
      try {
        const bytes = new Uint8Array(length);
        let done = 0;
        while (done < length) {
          const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
          if (bytesRead === 0) break; // who asked for more than there is sees it at the length
          done += bytesRead;
        }
        return done === length ? bytes : bytes.subarray(0, done);
      } finally {
        await handle.close();
      }
    },
  };
}

/** @throws RelizoError DATA for a location that is no file name in the folder or below */
export function inside(folder: string, location: string, where: string): string {
  const clean = normalize(location);
  const leaves =
    clean === ".." ||
    clean.startsWith(`..${sep}`) ||
    isAbsolute(location) ||
    /^[a-z]:|[\\\0]/i.test(location) ||
    basename(clean) === ".";
  if (location !== "" && !leaves) return join(folder, clean);
  throw new RelizoError(
    "DATA",
    `${where}: the model says that its numbers lie in ${JSON.stringify(location)}, which is not a file in its own folder; it is not opened. Export the model with its numbers beside it.`,
  );
}
