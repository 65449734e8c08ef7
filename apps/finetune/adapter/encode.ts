/** What was trained, as Hugging Face's PEFT saves it: adapter_config.json and adapter_model.safetensors. */
import { RelizoError } from "../../../src/index.ts";
import {
  type Cut,
  linearModules,
  loraModules,
  type OnnxModel,
  type PrefixShape,
  trainableInputs,
} from "../../../src/onnx/index.ts";
import {
  encodeSafetensors,
  type FloatType,
  Parameters,
  type TensorInit,
} from "../../../src/parameters/index.ts";
import { list, need } from "../check.ts";
import { classOf, headsOf, hiddenOf, layersOf, type ModelConfig, wholeOf } from "./classes.ts";
import { configText, loraConfig, prefixConfig, promptConfig, type TaskType, taskOf } from "./config.ts";
import { type NameOptions, theirNames } from "./names.ts";

const WHERE = "encodeAdapter";

/** The names of the two files. */
export const ADAPTER_CONFIG = "adapter_config.json";
export const ADAPTER_WEIGHTS = "adapter_model.safetensors";

export interface EncodeAdapterOptions extends NameOptions {
  /** Where others get the base model: its name on a hub, or a folder. Default: none is said. */
  readonly baseModel?: string;
  /** Default: what the configuration's class is for, SEQ_CLS with a head, else none. */
  readonly taskType?: TaskType;
  /** What the class calls a head that was trained. Default "classifier"; decoders for classification have "score". */
  readonly head?: string;
  /** Whether matrices of the base lie [inputs, outputs], in transformers' Conv1D. Default: as the configuration tells, else false. */
  readonly fanInFanOut?: boolean;
  /** Of a prefix, how its rows are parted: what `addPrefix` gave. Default: as the configuration tells, or the graph's past. */
  readonly prefix?: PrefixShape;
  /** Of the numbers in the file. Default F32, exact. */
  readonly type?: FloatType;
}

/** An adapter as two files. */
export interface AdapterFiles {
  /** The text of adapter_config.json. */
  readonly config: string;
  /** The bytes of adapter_model.safetensors. */
  readonly weights: Uint8Array<ArrayBuffer>;
}

/**
 * The adapter of a cut model: low-rank matrices, a prompt or a prefix, and a head that was trained beside it. Numbers are those of
 * `parameters`, in their shapes.
 *
 * @param cut  the cut model and what its inputs have become
 * @throws RelizoError OPTION for a model without an adapter, or with several kinds of it, and for modules whose name in the class
 *   is not clear; SHAPE for parameters that are missing or of another shape
 * @source  layout: huggingface.co/docs/peft, "PEFT checkpoint format"
 */
export function encodeAdapter(cut: Cut, options: EncodeAdapterOptions = {}): AdapterFiles {
  const kind = kindOf(cut.model);
  const { head = "classifier", type = "F32", config } = options;
  const trained = trainableInputs(cut.model).filter((input) => input.cut === "head");
  const task = options.taskType ?? (trained.length > 0 ? "SEQ_CLS" : taskOf(config));
  const base = { base: options.baseModel ?? null, task, saved: trained.length > 0 ? [head] : [] };
  const made = kind === "lora" ? lora(cut, options, base) : learned(cut, kind, options, base);
  const wrapped = kind === "lora" ? "base_model.model" : "base_model";
  for (const { name } of trained)
    made.tensors.set(`${wrapped}.${name.replace("classifier", head)}`, trainedTensor(cut, name));
  const weights = encodeSafetensors(Parameters.from(made.tensors), { type, metadata: { format: "pt" } });
  return { config: configText(made.config), weights };
}

interface Made {
  readonly config: Record<string, unknown>;
  readonly tensors: Map<string, TensorInit>;
}

interface Base {
  readonly base: string | null;
  readonly task: TaskType | null;
  readonly saved: readonly string[];
}

function kindOf(model: OnnxModel): "lora" | "prompt" | "prefix" {
  const cuts = [...new Set(trainableInputs(model).map(({ cut }) => cut))].filter((cut) => cut !== "head");
  const [kind] = cuts;
  if (cuts.length === 1 && (kind === "lora" || kind === "prompt" || kind === "prefix")) return kind;
  const found = cuts.length === 0 ? "nothing but, at most, a head" : `what ${list(cuts)} cut`;
  const instead = cuts.includes("expose")
    ? "Weights that were trained themselves are written with modelWeights, after bake"
    : "Write them one by one, or bake them into a model";
  throw new RelizoError(
    "OPTION",
    `${WHERE}: an adapter is one of LoRA, a prompt or a prefix; this model trains ${found}. ${instead}.`,
  );
}

function trainedTensor({ model, parameters }: Cut, name: string): TensorInit {
  const wanted = trainableInputs(model).find((input) => input.name === name)?.shape ?? [];
  const there = parameters.has(name) ? parameters.get(name) : undefined;
  if (there?.shape.join() === wanted.join())
    return { shape: wanted, data: there?.data ?? new Float32Array() };
  const got = there ? `[${there.shape.join(", ")}]` : "no such tensor";
  throw new RelizoError("SHAPE", `${WHERE}: "${name}" must have shape [${wanted.join(", ")}], got ${got}.`);
}

function lora(cut: Cut, options: EncodeAdapterOptions, base: Base): Made {
  const adapted = loraModules(cut.model);
  const all = linearModules(cut.model).map(({ module }) => module);
  const nameOf = theirNames(WHERE, "linear", all, options);
  const modules = adapted.map((one) => ({ ...one, name: nameOf(one.module) }));
  const rank = mostCommon(modules.map((one) => one.rank));
  const alpha = mostCommon(modules.map((one) => one.alpha));
  const tensors = new Map<string, TensorInit>();
  for (const { module, name } of modules)
    for (const factor of ["lora_A.weight", "lora_B.weight"])
      tensors.set(`base_model.model.${name}.${factor}`, trainedTensor(cut, `${module}.${factor}`));
  need(
    tensors.size === 2 * modules.length,
    "OPTION",
    `${WHERE}: paths must give each module a name of its own`,
    options.paths,
  );
  const known = classOf(options.config);
  // PEFT's classes for classification train these whole, and pass adapters of theirs over.
  const whole = modules.some(({ name }) => /^(?:classifier|score)(?:\.|$)/.test(name));
  const task = whole && options.taskType === undefined ? null : base.task;
  const config = loraConfig({
    ...base,
    task,
    rank,
    alpha,
    targets: targetsOf(
      modules.map(({ name }) => name),
      [...all.flatMap((path) => nameOrNone(nameOf, path)), ...(known?.modules.linear ?? [])],
    ),
    fanInFanOut:
      options.fanInFanOut ?? (known !== undefined && modules.every(({ name }) => known.isConv1d(name))),
    ranks: others(
      modules.map(({ name, rank }) => [name, rank] as const),
      rank,
    ),
    alphas: others(
      modules.map(({ name, alpha }) => [name, alpha] as const),
      alpha,
    ),
  });
  return { config, tensors };
}

function nameOrNone(nameOf: (module: string) => string, path: string): string[] {
  try {
    return [nameOf(path)];
  } catch {
    return [];
  }
}

function mostCommon(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 0;
}

function others(values: readonly (readonly [string, number])[], usual: number): Record<string, number> {
  return Object.fromEntries(values.filter(([, value]) => value !== usual));
}

/** The ends of the paths, as PEFT's configurations usually have them, where these mean the same modules; else whole paths. */
function targetsOf(names: readonly string[], all: readonly string[]): string[] {
  const adapted = new Set(names);
  const ends = new Set(names.map((name) => name.split(".").at(-1) ?? name));
  const same = all.every((name) => adapted.has(name) || !ends.has(name.split(".").at(-1) ?? name));
  return (same ? [...ends] : [...adapted]).sort();
}

function learned(cut: Cut, kind: "prompt" | "prefix", options: EncodeAdapterOptions, base: Base): Made {
  const value = trainedTensor(cut, "prompt_embeddings");
  const [tokens = 0, width = 0] = "shape" in value ? value.shape : [];
  const tensors = new Map([["prompt_embeddings", value]]);
  const { config } = options;
  if (kind === "prompt") {
    const [layers, heads] = [layersOf(config) ?? null, headsOf(config) ?? null];
    return { config: promptConfig({ ...base, tokens, width, layers, heads }), tensors };
  }
  const shape = options.prefix ?? shapeFrom(config) ?? shapeOfPast(cut.model);
  const wanted = shape && shape.layers * 2 * shape.heads * shape.size;
  if (!shape || wanted !== width)
    throw new RelizoError(
      "OPTION",
      `${WHERE}: a row of the prefix has ${width} numbers, and ${shape ? `${shape.layers} layers of ${shape.heads} heads of ${shape.size} take ${wanted}` : "the graph does not tell of how many layers and heads"}; give prefix: { layers, heads, size }, as addPrefix gave it.`,
    );
  const { layers, heads, size } = shape;
  return { config: prefixConfig({ ...base, tokens, width: heads * size, layers, heads }), tensors };
}

function shapeFrom(config: ModelConfig | undefined): PrefixShape | undefined {
  const [layers, heads, hidden] = [layersOf(config), headsOf(config), hiddenOf(config)];
  if (layers === undefined || heads === undefined || hidden === undefined) return undefined;
  const size = wholeOf(config, "head_dim") ?? Math.floor(hidden / heads);
  return { layers, heads: wholeOf(config, "num_key_value_heads") ?? heads, size };
}

/** Layers, heads and their size as the inputs of a past have them, [batch, heads, tokens, size]. */
function shapeOfPast({ proto }: OnnxModel): PrefixShape | undefined {
  const keys = (proto.graph?.input ?? []).filter(({ name }) => /^past_key_values\.\d+\.key$/.test(name));
  const type = keys[0]?.type?.value;
  const dims = type?.case === "tensorType" ? (type.value.shape?.dim ?? []) : [];
  const [, heads, , size] = dims.map(({ value }) => (value.case === "dimValue" ? Number(value.value) : 0));
  return heads && size ? { layers: keys.length, heads, size } : undefined;
}
