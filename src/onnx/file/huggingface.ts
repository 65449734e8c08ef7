/** Hugging Face folders on disk: config.json beside model.safetensors, or beside its shards and their index. */
import { existsSync } from "node:fs";
import { type FileHandle, open, readFile, realpath } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { RelizoError } from "../../error.ts";
import { parseObject } from "../../parameters/header.ts";
import { openFile, type TensorFile } from "../../parameters/load.ts";
import { withShards } from "../../parameters/shards.ts";
import { buildHuggingFace, type HuggingFaceOptions } from "../huggingface/build.ts";
import { storedTensors } from "../huggingface/stored.ts";
import type { OnnxModel } from "../model.ts";
import { commonFolder, filesBeside } from "./beside.ts";

const WHERE = "fromHuggingFace";
const ONE = "model.safetensors";
const INDEX = `${ONE}.index.json`;

/** Weights from this size on stay in the folder's files, as `readModel` leaves them in a model's [bytes]. */
const LARGE = 2 ** 26;

/**
 * The ONNX model of a Hugging Face folder: LLaMA, Mistral, Qwen2, Qwen3, OPT, GPT-2, BERT, RoBERTa, for the task of its class or
 * another that it has weights for. Weights are read one by one, as they are stored; from 64 MiB on (or `apartFrom`, where it is
 * given) they stay in the folder's own files, which a runtime then opens itself.
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
  if (existsSync(join(folder, INDEX))) {
    const index = await readFile(join(folder, INDEX), "utf8");
    const openOne = (name: string): Promise<FileHandle> => openIn(folder, name);
    return withShards(WHERE, index, openOne, (files) => build(folder, config, files, options));
  }
  const handle = await openIn(folder, ONE);
  try {
    const file = await openFile(`${WHERE}: ${ONE}`, handle);
    return await build(folder, config, [{ ...file, name: ONE }], options);
  } finally {
    await handle.close();
  }
}

/**
 * Files are named as they lie behind links: caches keep them elsewhere, and runtimes open none that is outside of the folder
 * they are told.
 */
async function build(
  folder: string,
  config: Readonly<Record<string, unknown>>,
  files: readonly (TensorFile & { readonly name: string })[],
  options: Partial<HuggingFaceOptions>,
): Promise<OnnxModel> {
  const paths = await Promise.all(files.map(({ name }) => realpath(join(folder, name))));
  const root = commonFolder(paths);
  const tensors = files.flatMap((file, i) =>
    storedTensors(
      relative(root, paths[i] ?? "")
        .split(sep)
        .join("/"),
      file,
    ),
  );
  const apart = options.precision === "float32" ? {} : { apartFrom: LARGE };
  return buildHuggingFace(config, tensors, { ...apart, ...options }, filesBeside(root, WHERE));
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
