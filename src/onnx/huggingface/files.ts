/** Models from files at hand, in a browser or anywhere: a configuration, and safetensors files by their names. */
import { RelizoError } from "../../error.ts";
import { openFile, type TensorFile } from "../../parameters/load.ts";
import type { Source } from "../../parameters/source.ts";
import type { ExternalData, OnnxModel } from "../model.ts";
import { buildHuggingFace, type HuggingFaceOptions } from "./build.ts";
import { storedTensors } from "./stored.ts";

/**
 * The ONNX model of a configuration and its weights, as `fromHuggingFace` builds it from a folder.
 *
 * @param config  what config.json says, parsed
 * @param files   its safetensors files, one or all shards, by name: bytes, a Blob, or an open file
 * @throws RelizoError DATA, by name, for damaged files, architectures and values of the configuration that are not known, and
 *   weights that are missing, left over or of another shape or type; OPTION for options that cannot be
 */
export async function fromHuggingFaceFiles(
  config: Readonly<Record<string, unknown>>,
  files: Readonly<Record<string, Source>>,
  options: Partial<HuggingFaceOptions> = {},
): Promise<OnnxModel> {
  const opened = new Map<string, TensorFile>();
  for (const [name, source] of Object.entries(files))
    opened.set(name, await openFile(`fromHuggingFace: ${name}`, source));
  const tensors = [...opened].flatMap(([name, file]) => storedTensors(name, file));
  return await buildHuggingFace(config, tensors, options, readerOf(opened));
}

function readerOf(files: ReadonlyMap<string, TensorFile>): ExternalData {
  const file = (location: string): TensorFile => {
    const found = files.get(location);
    if (found) return found;
    const names = [...files.keys()].join(", ");
    throw new RelizoError("DATA", `fromHuggingFace: there is no file ${location} among ${names}.`);
  };
  return {
    size: async (location) => file(location).opened.size,
    async read(location, offset, length) {
      const bytes = new Uint8Array(length);
      await file(location).opened.fill(bytes, offset);
      return bytes;
    },
  };
}
