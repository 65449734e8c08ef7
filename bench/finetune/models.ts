/** What fine-tunes are measured on: models, texts and a task. */
import { mkdtempSync, rmSync } from "node:fs";
import { open, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Example, readExamples, subset, type Tokenizer } from "../../apps/finetune/index.ts";
import { loadTable, loadTokenizer } from "../../apps/finetune/node.ts";
import { fromHuggingFace, readModel, writeModel } from "../../src/onnx/file/index.ts";
import type { OnnxModel } from "../../src/onnx/index.ts";
import { Parameters, writeSafetensors } from "../../src/parameters/index.ts";
import { dataFolder } from "../../test/data-folder.ts";
import { weight } from "../weights.ts";

const data = dataFolder();
if (data === undefined) throw new Error("bench/finetune: there is no folder of data; RELIZO_DATA names it.");

export interface Subject {
  readonly name: string;
  /** With config.json, and a model.onnx or safetensors. */
  readonly folder: string;
  /** Whether a model.onnx of another exporter is what is read. */
  readonly exported: boolean;
  /** Read afresh, as a fine-tune reads it. */
  readonly read: () => Promise<OnnxModel>;
  readonly tokenizer: Tokenizer;
}

/** The supplied language model of 5.3 million parameters. */
export function supplied(): Subject {
  const folder = join(data!, "imdb-lm");
  return {
    name: "imdb-lm, 5.3 M",
    folder,
    exported: true,
    read: () => readModel(join(folder, "model.onnx")),
    tokenizer: loadTokenizer(folder),
  };
}

/** Of the sizes of LLaMA's smaller relatives; its words are those of the supplied model. */
const LARGE = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_size: 768,
  intermediate_size: 2048,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  num_key_value_heads: 12,
  vocab_size: 8192,
  max_position_embeddings: 128,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  hidden_act: "silu",
  tie_word_embeddings: true,
};

/** A Hugging Face folder of 91 million made-up numbers; it is removed when this process ends. */
export async function large(): Promise<Subject> {
  const { hidden_size: hidden, intermediate_size: inner, num_hidden_layers: layers, vocab_size } = LARGE;
  const folder = mkdtempSync(join(tmpdir(), "relizo-llama-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const shapes = new Map<string, readonly number[]>([["model.embed_tokens.weight", [vocab_size, hidden]]]);
  for (let i = 0; i < layers; i++) {
    const own = `model.layers.${i}`;
    for (const name of ["q", "k", "v", "o"])
      shapes.set(`${own}.self_attn.${name}_proj.weight`, [hidden, hidden]);
    for (const name of ["gate", "up"]) shapes.set(`${own}.mlp.${name}_proj.weight`, [inner, hidden]);
    shapes.set(`${own}.mlp.down_proj.weight`, [hidden, inner]);
    for (const name of ["input", "post_attention"]) shapes.set(`${own}.${name}_layernorm.weight`, [hidden]);
  }
  shapes.set("model.norm.weight", [hidden]);
  const made = Parameters.zeros(shapes);
  for (const { data, shape } of made) {
    if (shape.length === 1) data.fill(1);
    else for (let i = 0; i < data.length; i++) data[i] = weight(i);
  }
  const file = await open(join(folder, "model.safetensors"), "w");
  await writeSafetensors(file, made);
  await file.close();
  await writeFile(join(folder, "config.json"), JSON.stringify(LARGE));
  await writeModel(await fromHuggingFace(folder), join(folder, "model.onnx"), { external: true });
  return {
    name: `LLaMA of ${Math.round(made.size / 1e6)} M`,
    folder,
    exported: false,
    read: () => fromHuggingFace(folder),
    tokenizer: supplied().tokenizer,
  };
}

/** Examples of SST-2 in a fixed order; of `sentences` each, where texts are to be longer. */
export function texts(count: number, sentences = 1): readonly Example[] {
  const table = loadTable(join(data!, "sst2", "train.tsv"));
  const { examples } = subset(readExamples(table, { label: "label" }), count * sentences);
  return Array.from({ length: count }, (_, i) => {
    const own = examples.slice(i * sentences, (i + 1) * sentences);
    const sentence = own.map(({ fields }) => fields.sentence).join(" ");
    return { fields: { sentence }, label: own[0]!.label };
  });
}
