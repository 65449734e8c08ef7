/** The best parameters in a browser, in the origin's private file system, so that they outlive the tab. */
import { RelizoError } from "../../../src/index.ts";
import { decodeSafetensors, encodeSafetensors } from "../../../src/parameters/index.ts";
import type { Checkpoint } from "./checkpoint.ts";

/**
 * @param name  of the file, beside the journal's: it holds one checkpoint or the one before, whole
 * @throws RelizoError BACKEND, when asked, where there is no such file system: it needs a page of https, or of this machine
 */
export function browserCheckpoint(name: string): Checkpoint {
  return {
    async save(parameters, step) {
      const file = await (await folder()).getFileHandle(name, { create: true });
      const out = await file.createWritable(); // takes the file's place when it is closed
      await out.write(encodeSafetensors(parameters, { metadata: { step: String(step) } }));
      await out.close();
    },
    async load(parameters, step) {
      const file = await (await folder()).getFileHandle(name).catch(() => undefined);
      if (!file) return false;
      const { parameters: kept, metadata } = decodeSafetensors(await (await file.getFile()).arrayBuffer());
      if (metadata.step !== String(step)) return false;
      parameters.copyFrom(kept);
      return true;
    },
  };
}

function folder(): Promise<FileSystemDirectoryHandle> {
  const { storage }: { storage?: StorageManager } = typeof navigator === "undefined" ? {} : navigator;
  if (storage) return storage.getDirectory();
  throw new RelizoError(
    "BACKEND",
    "a checkpoint in a browser needs a private file system, which this page does not have.",
  );
}
