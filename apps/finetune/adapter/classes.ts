/** The modules of Hugging Face's classes, as their weights are called. */

/** What a module is: a matrix, a table of rows, a normalization or a bias alone. */
export type Kind = "linear" | "embedding" | "norm";

interface Family {
  /** What goes before the body in a class with a head. */
  readonly base: string;
  /** Where `*` is the layer's number. */
  readonly body: Readonly<Record<Kind, readonly string[]>>;
  readonly heads: Readonly<Record<"linear" | "norm", readonly string[]>>;
  /** Whether matrices of the body are transformers' Conv1D, [inputs, outputs]. */
  readonly conv1d: boolean;
  /** Whether the head is the embeddings' table where a configuration does not say. */
  readonly tied: boolean;
}

const within = (at: string, names: readonly string[]): string[] => names.map((name) => `${at}.${name}`);

const LLAMA: Family = {
  base: "model",
  body: {
    linear: [
      ...within("layers.*.self_attn", ["q_proj", "k_proj", "v_proj", "o_proj"]),
      ...within("layers.*.mlp", ["gate_proj", "up_proj", "down_proj"]),
    ],
    embedding: ["embed_tokens"],
    norm: ["layers.*.input_layernorm", "layers.*.post_attention_layernorm", "norm"],
  },
  heads: { linear: ["lm_head", "score"], norm: [] },
  conv1d: false,
  tied: false,
};

const QWEN3: Family = {
  ...LLAMA,
  body: {
    ...LLAMA.body,
    norm: [...LLAMA.body.norm, ...within("layers.*.self_attn", ["q_norm", "k_norm"])],
  },
};

const BERT: Family = {
  base: "bert",
  body: {
    linear: [
      ...within("encoder.layer.*.attention", ["self.query", "self.key", "self.value", "output.dense"]),
      ...["encoder.layer.*.intermediate.dense", "encoder.layer.*.output.dense", "pooler.dense"],
    ],
    embedding: within("embeddings", ["word_embeddings", "position_embeddings", "token_type_embeddings"]),
    norm: [
      ...["embeddings.LayerNorm", "encoder.layer.*.attention.output.LayerNorm"],
      "encoder.layer.*.output.LayerNorm",
    ],
  },
  heads: {
    linear: ["cls.predictions.transform.dense", "cls.predictions.decoder", "classifier"],
    norm: ["cls.predictions.transform.LayerNorm", "cls.predictions"],
  },
  conv1d: false,
  tied: true,
};

const ROBERTA: Family = {
  ...BERT,
  base: "roberta",
  heads: {
    linear: ["lm_head.dense", "lm_head.decoder", "classifier.dense", "classifier.out_proj"],
    norm: ["lm_head.layer_norm", "lm_head"],
  },
};

const OPT: Family = {
  base: "model",
  body: {
    linear: [
      ...within("decoder.layers.*.self_attn", ["q_proj", "k_proj", "v_proj", "out_proj"]),
      ...["decoder.layers.*.fc1", "decoder.layers.*.fc2", "decoder.project_in", "decoder.project_out"],
    ],
    embedding: ["decoder.embed_tokens", "decoder.embed_positions"],
    norm: [
      ...["decoder.layers.*.self_attn_layer_norm", "decoder.layers.*.final_layer_norm"],
      "decoder.final_layer_norm",
    ],
  },
  heads: { linear: ["lm_head", "score"], norm: [] },
  conv1d: false,
  tied: true,
};

const GPT2: Family = {
  base: "transformer",
  body: {
    linear: within("h.*", ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"]),
    embedding: ["wte", "wpe"],
    norm: ["h.*.ln_1", "h.*.ln_2", "ln_f"],
  },
  heads: { linear: ["lm_head", "score"], norm: [] },
  conv1d: true,
  tied: true,
};

const FAMILIES: ReadonlyMap<string, Family> = new Map([
  ["llama", LLAMA],
  ["mistral", LLAMA],
  ["qwen2", LLAMA],
  ["qwen3", QWEN3],
  ["bert", BERT],
  ["roberta", ROBERTA],
  ["xlm-roberta", ROBERTA],
  ["opt", OPT],
  ["gpt2", GPT2],
]);

/** A model's config.json, parsed. */
export type ModelConfig = Readonly<Record<string, unknown>>;

/** What is known of a class of a model_type. */
export interface HuggingFaceClass {
  readonly modelType: string;
  readonly modules: Readonly<Record<Kind, readonly string[]>>;
  /** Whether this module's matrix is a Conv1D, [inputs, outputs]. */
  readonly isConv1d: (module: string) => boolean;
  /** Whether the head is the embeddings' own table. */
  readonly tied: boolean;
}

/** The modules of the class that a configuration is of; undefined for a model_type that is not known here. */
export function classOf(config: ModelConfig | undefined): HuggingFaceClass | undefined {
  const modelType = typeof config?.model_type === "string" ? config.model_type : "";
  const family = FAMILIES.get(modelType);
  if (!config || !family) return undefined;
  const { body, heads, conv1d } = family;
  const tied = typeof config.tie_word_embeddings === "boolean" ? config.tie_word_embeddings : family.tied;
  // A bare model, BertModel or GPT2Model, begins with its body; GPT2LMHeadModel does not.
  const bare = /(?<!Heads?)Model$/.test(architectureOf(config));
  const base = bare ? "" : `${family.base}.`;
  const layers = layersOf(config) ?? 0;
  const all = (kind: Kind): string[] => [
    ...body[kind].flatMap((name) =>
      name.includes("*")
        ? Array.from({ length: layers }, (_, layer) => base + name.replace("*", String(layer)))
        : [base + name],
    ),
    ...(bare || kind === "embedding" ? [] : heads[kind]),
  ];
  const modules = { linear: all("linear"), embedding: all("embedding"), norm: all("norm") };
  const ends = new Set(heads.linear);
  return { modelType, modules, isConv1d: (module) => conv1d && !ends.has(module), tied };
}

/** "LlamaForCausalLM"; "" where a configuration does not say. */
export function architectureOf(config: ModelConfig | undefined): string {
  const names = config?.architectures;
  const [first] = Array.isArray(names) ? names : [];
  return typeof first === "string" ? first : "";
}

export function layersOf(config: ModelConfig | undefined): number | undefined {
  return wholeOf(config, "num_hidden_layers", "n_layer", "num_layers");
}

export function headsOf(config: ModelConfig | undefined): number | undefined {
  return wholeOf(config, "num_attention_heads", "n_head", "num_heads");
}

export function hiddenOf(config: ModelConfig | undefined): number | undefined {
  return wholeOf(config, "hidden_size", "n_embd", "d_model");
}

/** The first of these keys that says a size. */
export function wholeOf(config: ModelConfig | undefined, ...keys: readonly string[]): number | undefined {
  for (const key of keys) {
    const value = config?.[key];
    if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  }
  return undefined;
}
