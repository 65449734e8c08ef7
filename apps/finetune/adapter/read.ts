/** An adapter in PEFT's layout as it lies in its files: what it is, and nothing in it that would be left out in silence. */
import { RelizoError } from "../../../src/index.ts";
import { decodeSafetensors, Parameters, type Tensor } from "../../../src/parameters/index.ts";
import { list, show } from "../check.ts";

/** Where an adapter is read from. */
export interface AdapterSource {
  /** adapter_config.json: its text, or what it says. */
  readonly config: string | Readonly<Record<string, unknown>>;
  /** adapter_model.safetensors: its bytes, or its tensors. */
  readonly weights: Uint8Array | ArrayBuffer | Parameters;
}

/** Low rank beside one module. */
export interface LowRank {
  /** The module's path in the class that the adapter was made for. */
  readonly module: string;
  readonly rank: number;
  /** What the product of both is multiplied by. */
  readonly scale: number;
  /** [rank, inputs, ...kernel] */
  readonly a: Tensor;
  /** [outputs, rank, ...] */
  readonly b: Tensor;
}

/** Learned tokens, [tokens, width]. */
export interface LearnedRows {
  readonly rows: Tensor;
  /** As the configuration says; of a prefix they must fit. */
  readonly layers: number | undefined;
  readonly heads: number | undefined;
}

export type AdapterContent = {
  /** Tensors of modules that were trained whole, by their paths in the class: "classifier.weight". */
  readonly saved: ReadonlyMap<string, Tensor>;
} & (
  | { readonly kind: "lora"; readonly modules: readonly LowRank[] }
  | ({ readonly kind: "prompt" | "prefix" } & LearnedRows)
);

const WHERE = "loadAdapter";

/**
 * @throws RelizoError DATA, by name, for files that are damaged or no adapter, kinds of adapters and settings that compute
 *   something else than low rank, prompts and prefixes, tensors that lack their other half or are of another shape than the
 *   configuration says, and tensors that are no part of an adapter
 */
export function readAdapter(source: AdapterSource): AdapterContent {
  const config = configOf(source.config);
  const tensors = tensorsOf(source.weights);
  for (const { name, data } of tensors)
    if (!data.every(Number.isFinite))
      throw bad(`"${name}" holds numbers that are not finite; its training failed`);
  const type = config.peft_type;
  if (type === "LORA") return readLora(config, tensors);
  if (type === "PROMPT_TUNING" || type === "PREFIX_TUNING") return readRows(type, config, tensors);
  throw bad(
    `peft_type is ${show(type)}; LORA, PROMPT_TUNING and PREFIX_TUNING can be loaded. Merge others into their model with PEFT's merge_and_unload, and export that`,
  );
}

export function bad(what: string, options?: ErrorOptions): RelizoError {
  return new RelizoError("DATA", `${WHERE}: ${what}.`, options);
}

function configOf(config: AdapterSource["config"]): Readonly<Record<string, unknown>> {
  let value: unknown = config;
  if (typeof config === "string")
    try {
      value = JSON.parse(config);
    } catch (cause) {
      throw bad("adapter_config.json is not JSON", { cause });
    }
  if (isRecord(value)) return value;
  throw bad(`adapter_config.json must be an object; got ${show(value)}`);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function tensorsOf(weights: AdapterSource["weights"]): Parameters {
  if (weights instanceof Parameters) return weights;
  if (!(weights instanceof Uint8Array || weights instanceof ArrayBuffer))
    throw bad(`weights must be the bytes of adapter_model.safetensors, or Parameters; got ${show(weights)}`);
  const [first, second] = new Uint8Array(weights instanceof Uint8Array ? weights.slice(0, 2) : weights);
  const zip = first === 0x50 && second === 0x4b;
  if (zip || (first === 0x80 && second !== undefined && second <= 5)) throw pickled();
  return decodeSafetensors(weights).parameters;
}

export function pickled(): RelizoError {
  return bad(
    "adapter_model.bin is a pickle, which is a program, and is not run here; load it with PEFT and save it with save_pretrained(folder, safe_serialization=True)",
  );
}

/** Settings that change what an adapter computes, and the values with which they do not. */
const PLAIN: Readonly<Record<string, (value: unknown) => boolean>> = {
  use_dora: isOff,
  lora_bias: isOff,
  use_qalora: isOff,
  use_bdlora: isOff,
  layer_replication: isOff,
  target_parameters: isOff,
  trainable_token_indices: isOff,
  alora_invocation_tokens: isOff,
  arrow_config: isOff,
  kasa_config: isOff,
  monteclora_config: isOff,
  bias: (value) => isOff(value) || value === "none",
  // These take something out of the base's own weights, which an exported model then still has.
  init_lora_weights: (value) =>
    typeof value !== "string" || !/^(?:pissa|olora|corda|loftq|lora_ga)/.test(value),
};

function isOff(value: unknown): boolean {
  return (
    value === undefined || value === null || value === false || (Array.isArray(value) && value.length === 0)
  );
}

function readLora(config: Readonly<Record<string, unknown>>, tensors: Parameters): AdapterContent {
  for (const [key, fine] of Object.entries(PLAIN))
    if (!fine(config[key]))
      throw bad(
        `adapter_config.json has ${key} ${show(config[key])}: that is more than low rank, W + (alpha / r) B A, which is all that can be loaded. Merge it with PEFT's merge_and_unload, and export the model`,
      );
  const halves = new Map<string, Partial<Record<"A" | "B", Tensor>>>();
  const saved = new Map<string, Tensor>();
  const adapters = new Set<string>();
  for (const tensor of tensors) {
    const path = tensor.name.replace(/^base_model\.model\./, "");
    const [, module = "", half, adapter = ""] = /^(.+)\.lora_([AB])(?:\.([^.]+))?\.weight$/.exec(path) ?? [];
    if (half === "A" || half === "B") {
      adapters.add(adapter);
      halves.set(module, { ...halves.get(module), [half]: tensor });
    } else if (isForeign(path)) throw bad(foreign(tensor.name));
    else saved.set(savedName(path), tensor);
  }
  if (adapters.size > 1)
    throw bad(`the file holds several adapters, ${list([...adapters])}; save one of them alone`);
  if (halves.size === 0)
    throw bad(`the file holds no lora_A.weight and lora_B.weight, but ${list(tensors.names, 4)}`);
  const modules = [...halves].map(([module, { A, B }]) => lowRank(config, module, A, B));
  return { kind: "lora", modules, saved };
}

function isForeign(path: string): boolean {
  return /\.lora_|\.base_layer\.|\.original_module\.|^prompt_embeddings$|_vector(?:\.|$)/.test(`.${path}`);
}

function foreign(name: string): string {
  const why = /lora_embedding/.test(name)
    ? "low rank of an embedding, which has no place in a graph here; adapt linear modules"
    : /magnitude/.test(name)
      ? "DoRA's; merge it with PEFT's merge_and_unload, and export the model"
      : "no part of a LoRA adapter that can be loaded; save it with PEFT's save_pretrained";
  return `the file holds "${name}": ${why}`;
}

/** Raw state dicts have the adapter's name in those of whole modules: "classifier.modules_to_save.default.weight". */
function savedName(path: string): string {
  return path.replace(/\.modules_to_save\.[^.]+(?=\.)/, "");
}

function lowRank(
  config: Readonly<Record<string, unknown>>,
  module: string,
  a: Tensor | undefined,
  b: Tensor | undefined,
): LowRank {
  if (!a || !b) throw bad(`"${module}" has only lora_${a ? "A" : "B"}.weight of the two`);
  const rank = fromPattern(config.rank_pattern, module, config.r ?? 8, "r");
  const alpha = fromPattern(config.alpha_pattern, module, config.lora_alpha ?? 8, "lora_alpha");
  const fits = a.shape[0] === rank && b.shape[1] === rank && a.shape.length === b.shape.length;
  if (!fits || a.shape.length < 2)
    throw bad(
      `"${module}" has lora_A [${a.shape.join(", ")}] and lora_B [${b.shape.join(", ")}]; rank ${rank}, as adapter_config.json says, takes [${rank}, inputs] and [outputs, ${rank}]`,
    );
  const rankStabilized = config.use_rslora === true;
  return { module, rank, scale: alpha / (rankStabilized ? Math.sqrt(rank) : rank), a, b };
}

/** The first of a pattern's expressions that the path, or its end behind a dot, matches, as PEFT has it. */
function fromPattern(pattern: unknown, module: string, usual: unknown, key: string): number {
  const found = Object.entries(isRecord(pattern) ? pattern : {}).find(([expression]) => {
    try {
      return new RegExp(`^(?:.*\\.)?(?:${expression})$`).test(module);
    } catch (cause) {
      throw bad(`adapter_config.json has the pattern ${show(expression)}, which is no regular expression`, {
        cause,
      });
    }
  });
  const value = found ? found[1] : usual;
  const fine = typeof value === "number" && value > 0 && (key !== "r" || Number.isSafeInteger(value));
  if (fine) return value;
  throw bad(`adapter_config.json has ${key} ${show(value)} for "${module}"; a positive number is needed`);
}

function readRows(
  type: "PROMPT_TUNING" | "PREFIX_TUNING",
  config: Readonly<Record<string, unknown>>,
  tensors: Parameters,
): AdapterContent {
  const name = "prompt_embeddings";
  if (!tensors.has(name)) throw bad(`the file holds no "${name}", but ${list(tensors.names, 4)}`);
  const rows = tensors.get(name);
  const says = (key: string): number | undefined => {
    const value = config[key];
    if (value === undefined || value === null) return undefined;
    if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
    throw bad(`adapter_config.json has ${key} ${show(value)}; a positive whole number is needed`);
  };
  const submodules = says("num_transformer_submodules") ?? 1;
  if (submodules !== 1)
    throw bad(`num_transformer_submodules is ${submodules}: adapters of encoder-decoders cannot be loaded`);
  const [tokens, dim, layers] = [says("num_virtual_tokens"), says("token_dim"), says("num_layers")];
  const prefix = type === "PREFIX_TUNING";
  const width = prefix ? dim && layers && 2 * layers * dim : dim;
  const [first, second] = rows.shape;
  if (rows.shape.length !== 2 || first !== (tokens ?? first) || second !== (width ?? second))
    throw bad(
      `"${name}" has shape [${rows.shape.join(", ")}]; adapter_config.json says [${tokens ?? "tokens"}, ${width ?? "width"}]`,
    );
  const saved = new Map(
    [...tensors]
      .filter((tensor) => tensor.name !== name)
      .map((tensor) => [savedName(tensor.name.replace(/^base_model\.(?:model\.)?/, "")), tensor]),
  );
  return {
    kind: prefix ? "prefix" : "prompt",
    ...{ rows, saved, layers },
    heads: says("num_attention_heads"),
  };
}
