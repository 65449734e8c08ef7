/** Hugging Face folders on disk: config.json beside model.safetensors, or beside its shards and their index. */
import { existsSync } from "node:fs";
import { type FileHandle, open, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { RelizoError } from "../../error.ts";
import { parseObject } from "../../parameters/header.ts";
import { openFile } from "../../parameters/load.ts";
import { withShards } from "../../parameters/shards.ts";
import { buildHuggingFace, type HuggingFaceOptions } from "../huggingface/build.ts";
import { type StoredTensor, storedTensors } from "../huggingface/stored.ts";
import type { ExternalData, OnnxModel } from "../model.ts";

const WHERE = "fromHuggingFace";
const ONE = "model.safetensors";
const INDEX = `${ONE}.index.json`;

/**
 * The ONNX model of a Hugging Face folder: LLaMA, Mistral, Qwen2, OPT, GPT-2, BERT, RoBERTa, for the task of its class or
 * another that it has weights for. Weights are read one by one, as they are stored; where they are too large for one model
 * (`apartFrom`), they stay in the folder's own files, which a runtime then opens itself.
 *
 * @param folder  with config.json, and model.safetensors or its index and shards
 * @throws RelizoError DATA, by name, for files that are missing or damaged, architectures and values of the configuration
 *   that are not known, and weights that are missing, left over or of another shape or type; OPTION for options that cannot be
 */
export async function fromHuggingFace(
  folder: string,
  options: Partial<HuggingFaceOptions> = {},
): Promise<OnnxModel> {
  const text = await readFile(join(folder, "config.json"), "utf8").catch((cause: unknown) => {
    throw missing(folder, "no config.json", cause);
  });
  const config = parseObject(WHERE, "config.json", text);
  const external = beside(folder);
  const build = (tensors: readonly StoredTensor[]): Promise<OnnxModel> =>
    buildHuggingFace(config, tensors, options, external);
  if (existsSync(join(folder, INDEX))) {
    const index = await readFile(join(folder, INDEX), "utf8");
    const openOne = (name: string): Promise<FileHandle> => openIn(folder, name);
    return withShards(WHERE, index, openOne, (files) =>
      build(files.flatMap((file) => storedTensors(file.name, file))),
    );
  }
  const handle = await openIn(folder, ONE);
  try {
    return await build(storedTensors(ONE, await openFile(`${WHERE}: ${ONE}`, handle)));
  } finally {
    await handle.close();
  }
}

async function openIn(folder: string, name: string): Promise<FileHandle> {
  try {
    return await open(join(folder, name));
  } catch (cause) {
    const pickled = existsSync(join(folder, "pytorch_model.bin"));
    const instead = pickled
      ? ", only pytorch_model.bin, which is a program: load it with transformers and save it with safe_serialization=True"
      : "";
    throw missing(folder, `no ${name}${instead}`, cause);
  }
}

function missing(folder: string, what: string, cause: unknown): RelizoError {
  return new RelizoError(
    "DATA",
    `${WHERE}: ${JSON.stringify(folder)} has ${what}. A Hugging Face folder is needed: config.json, and ${ONE} or ${INDEX} with its shards.`,
    { cause },
  );
}

/** The folder's files as places for numbers that a model only names. */
function beside(folder: string): ExternalData {
  return {
    folder: resolve(folder),
    size: async (location) => (await stat(join(folder, location))).size,
    async read(location, offset, length) {
      const handle = await open(join(folder, location));
      try {
        const bytes = new Uint8Array(length);
        for (let done = 0; done < length; ) {
          const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
          if (bytesRead === 0) throw missing(folder, `too short a ${location}`, undefined);
          done += bytesRead;
        }
        return bytes;
      } finally {
        await handle.close();
      }
    },
  };
}
