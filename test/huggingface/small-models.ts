/** Small models of every architecture as Hugging Face folders: weights by formula, logits as PyTorch computes them; see reference.py. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeSafetensors, type FloatType, Parameters } from "../../src/parameters/index.ts";

export interface SmallModel {
  readonly name: string;
  readonly note: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Of its tensors, by name. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Rows of whole numbers, by the input's name. */
  readonly inputs: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** The first logits at [batch] or [batch, token], computed in float64. */
  readonly rows: readonly { readonly at: readonly number[]; readonly logits: readonly number[] }[];
}

export function smallModels(): readonly SmallModel[] {
  const text = readFileSync(new URL("reference.json", import.meta.url), "utf8");
  return JSON.parse(text).cases;
}

/** The formula of reference.py, rounded to float32. */
export function weightsByFormula(shapes: SmallModel["shapes"]): Parameters {
  const tensors = Object.keys(shapes)
    .sort()
    .map((name, k) => {
      const shape = shapes[name] ?? [];
      const data = new Float32Array(shape.reduce((product, n) => product * n, 1));
      for (let i = 0; i < data.length; i++) {
        const x = Math.sin(12.9898 * (i + 1) + 78.233 * (k + 1)) * 43758.5453;
        const u = x - Math.floor(x) - 0.5;
        if (shape.length > 1) data[i] = 0.8 * u;
        else data[i] = /\.(?:weight|gamma)$/.test(name) ? 1 + 0.4 * u : 0.4 * u;
      }
      return [name, { shape, data }] as const;
    });
  return Parameters.from(new Map(tensors));
}

export interface FolderOptions {
  /** How numbers are stored. Default F32. */
  readonly type?: FloatType;
  /** Files that the weights are spread over; with an index where there are more than one. Default 1. */
  readonly shards?: number;
}

/** Does something with the folder that such a model is published in; it is removed afterwards. */
export async function withFolder<T>(
  config: SmallModel["config"],
  weights: Parameters,
  make: (folder: string) => Promise<T>,
  { type = "F32", shards = 1 }: FolderOptions = {},
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "relizo-huggingface-"));
  try {
    writeFileSync(join(folder, "config.json"), JSON.stringify(config));
    const places: Record<string, string> = {};
    const all = [...weights];
    for (let shard = 0; shard < shards; shard++) {
      const file = shards === 1 ? "model.safetensors" : `model-${shard + 1}-of-${shards}.safetensors`;
      const part = all.filter((_, i) => i % shards === shard);
      for (const { name } of part) places[name] = file;
      const tensors = Parameters.from(
        new Map(part.map(({ name, shape, data }) => [name, { shape, data: data.slice() }])),
      );
      writeFileSync(join(folder, file), encodeSafetensors(tensors, { type }));
    }
    if (shards > 1)
      writeFileSync(join(folder, "model.safetensors.index.json"), JSON.stringify({ weight_map: places }));
    return await make(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
