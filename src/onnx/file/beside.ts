/** Files beside a model, as places for numbers that it only names. */
import type { Stats } from "node:fs";
import { open, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, normalize, resolve, sep } from "node:path";
import { RelizoError } from "../../error.ts";
import type { ExternalData } from "../model.ts";

/**
 * Reads files of a folder, piece by piece. What a model names must lie in it: a file from elsewhere could name any file of this
 * machine.
 */
export function filesBeside(folder: string, where: string): ExternalData {
  const seen = new Map<string, string>();

  /** The file is the one that it was when it was first looked at. */
  function needSame(location: string, about: Stats): void {
    const now = `${about.ino} ${about.size} ${about.mtimeMs}`;
    const before = seen.get(location) ?? now;
    seen.set(location, before);
    if (before !== now)
      throw new RelizoError(
        "DATA",
        `${where}: ${JSON.stringify(location)}, where numbers of the model lie, was changed since the model was opened; open it again.`,
      );
  }

  return {
    folder: resolve(folder),
    async size(location) {
      const path = inside(folder, location, where);
      const about = await stat(path).catch((cause: unknown) => {
        throw new RelizoError(
          "DATA",
          `${where}: numbers of the model lie beside it in ${JSON.stringify(location)}, which is not there; put that file into the model's folder.`,
          { cause },
        );
      });
      needSame(location, about);
      return about.size;
    },
    async read(location, offset, length) {
      const handle = await open(inside(folder, location, where));
      try {
        needSame(location, await handle.stat());
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

/** The deepest folder that all these files are in. */
export function commonFolder(paths: readonly string[]): string {
  let root = dirname(paths[0] ?? "");
  while (!paths.every((path) => path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)))
    root = dirname(root);
  return root;
}
