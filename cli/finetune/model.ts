/** The model of `relizo finetune`, from an ONNX file or a Hugging Face folder, and what its configuration says. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fromHuggingFace, readModel } from "../../src/onnx/file/index.ts";
import type { OnnxModel } from "../../src/onnx/index.ts";
import { wrong } from "../settings.ts";

export interface LoadedModel {
  readonly model: OnnxModel;
  /** Where tokenizer and configuration are looked for. */
  readonly folder: string;
  /** config.json beside it; empty without one. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** @throws RelizoError DATA for what is no model */
export async function modelOf(path: string): Promise<LoadedModel> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found)
    throw wrong(`--model: "${path}" is not there; an .onnx file or a Hugging Face folder is needed.`);
  const folder = found.isDirectory() ? path : dirname(path);
  const config = configIn(folder);
  if (!found.isDirectory()) return { model: await readModel(path), folder, config };
  const own = join(path, "model.onnx");
  return { model: existsSync(own) ? await readModel(own) : await fromHuggingFace(path), folder, config };
}

function configIn(folder: string): Readonly<Record<string, unknown>> {
  const path = join(folder, "config.json");
  if (!existsSync(path)) return {};
  try {
    const found: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof found === "object" && found !== null ? { ...found } : {};
  } catch (cause) {
    throw wrong(`"${path}" is no JSON (${cause instanceof Error ? cause.message : cause}).`);
  }
}

/** Positions that a model has, as configurations call them. */
const POSITIONS = ["max_position_embeddings", "n_positions", "n_ctx", "seq_length"];
const SUPPOSED = 512;

/** @returns tokens a sequence may have, and where that is known from */
export function lengthOf(
  { config }: LoadedModel,
  asked: number | undefined,
): { readonly maxLength: number; readonly why: string } {
  const name = POSITIONS.find((key) => typeof config[key] === "number");
  const stated = name === undefined ? undefined : Number(config[name]);
  if (asked !== undefined && stated !== undefined && asked > stated)
    throw wrong(
      `--max-length must be at most the ${stated} positions that config.json gives the model, got ${asked}.`,
    );
  if (asked !== undefined) return { maxLength: asked, why: "--max-length" };
  if (stated !== undefined) return { maxLength: Math.min(stated, SUPPOSED), why: "config.json" };
  return { maxLength: SUPPOSED, why: "supposed, as there is no config.json; --max-length says otherwise" };
}
