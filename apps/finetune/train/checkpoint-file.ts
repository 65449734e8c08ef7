/** The best parameters in a safetensors file, so that they outlive the process. */
import { open, rename } from "node:fs/promises";
import { readSafetensors, writeSafetensors } from "../../../src/parameters/index.ts";
import type { Checkpoint } from "./checkpoint.ts";

/** @param path  replaced as a whole: at any moment it holds one checkpoint or the one before */
export function fileCheckpoint(path: string): Checkpoint {
  return {
    async save(parameters, step) {
      const fresh = `${path}.new`;
      const file = await open(fresh, "w");
      try {
        await writeSafetensors(file, parameters, { metadata: { step: String(step) } });
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(fresh, path);
    },
    async load(parameters, step) {
      const file = await open(path, "r").catch(() => undefined);
      if (!file) return false;
      try {
        const { parameters: kept, metadata } = await readSafetensors(file);
        if (metadata.step !== String(step)) return false;
        parameters.copyFrom(kept);
        return true;
      } finally {
        await file.close();
      }
    },
  };
}
