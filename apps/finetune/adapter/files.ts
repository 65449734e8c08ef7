/** Adapters and whole models in folders, for Node. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { RelizoError } from "../../../src/index.ts";
import type { Cut, OnnxModel } from "../../../src/onnx/index.ts";
import { type FloatType, writeSafetensors } from "../../../src/parameters/index.ts";
import { bytesOf, textOf } from "../file.ts";
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS, type EncodeAdapterOptions, encodeAdapter } from "./encode.ts";
import { type AdapterSource, pickled } from "./read.ts";
import { type ModelWeightsOptions, modelWeights } from "./weights.ts";

/**
 * Writes adapter_config.json and adapter_model.safetensors into a folder, which is made where it is not there.
 *
 * @throws RelizoError as `encodeAdapter`, before anything is written; and whatever writing throws
 */
export function saveAdapter(folder: string, cut: Cut, options: EncodeAdapterOptions = {}): void {
  const { config, weights } = encodeAdapter(cut, options);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, ADAPTER_WEIGHTS), weights);
  writeFileSync(join(folder, ADAPTER_CONFIG), `${config}\n`);
}

/**
 * The two files of an adapter's folder, for `loadAdapter`.
 *
 * @throws RelizoError DATA where one is missing, or the weights are a pickle
 */
export function readAdapterFolder(folder: string): AdapterSource {
  const config = textOf(join(folder, ADAPTER_CONFIG));
  const path = join(folder, ADAPTER_WEIGHTS);
  if (!existsSync(path) && existsSync(join(folder, "adapter_model.bin"))) throw pickled();
  return { config, weights: bytesOf(path) };
}

export interface SaveWeightsOptions extends ModelWeightsOptions {
  /** Of the numbers in the file. Default F32, exact. */
  readonly type?: FloatType;
}

/**
 * Writes a plain model's weights as model.safetensors, and the configuration that goes with them beside it, where one was given.
 *
 * @throws RelizoError as `modelWeights`, before anything is written; and whatever writing throws
 */
export async function saveWeights(
  folder: string,
  model: OnnxModel,
  options: SaveWeightsOptions = {},
): Promise<void> {
  const { type = "F32" } = options;
  const { parameters, config } = await modelWeights(model, options);
  mkdirSync(folder, { recursive: true });
  const file = await open(join(folder, "model.safetensors"), "w");
  try {
    await writeSafetensors(file, parameters, { type, metadata: { format: "pt" } });
  } finally {
    await file.close();
  }
  if (config) writeFileSync(join(folder, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
}

/**
 * A folder's config.json, for `config` of what is written here.
 *
 * @throws RelizoError DATA where it cannot be read or is no object
 */
export function readModelConfig(folder: string): Readonly<Record<string, unknown>> {
  const path = join(folder, "config.json");
  const text = textOf(path);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch {}
  throw new RelizoError("DATA", `"${path}" is not an object in JSON.`);
}
