/** adapter_config.json, with the keys of PEFT's documentation, "PEFT checkpoint format": those that all its versions know. */
import { architectureOf, type ModelConfig } from "./classes.ts";

/** The kinds of PEFT that are written and read here. */
export type PeftType = "LORA" | "PROMPT_TUNING" | "PREFIX_TUNING";

/** PEFT's names for what a model is for. */
export type TaskType =
  | "CAUSAL_LM"
  | "SEQ_CLS"
  | "SEQ_2_SEQ_LM"
  | "TOKEN_CLS"
  | "QUESTION_ANS"
  | "FEATURE_EXTRACTION";

export interface BaseFields {
  readonly base: string | null;
  readonly task: TaskType | null;
  /** Names of modules that were trained whole. */
  readonly saved: readonly string[];
}

export interface LoraFields extends BaseFields {
  readonly rank: number;
  readonly alpha: number;
  readonly targets: readonly string[];
  readonly fanInFanOut: boolean;
  /** Of modules that differ, by their paths. */
  readonly ranks: Readonly<Record<string, number>>;
  readonly alphas: Readonly<Record<string, number>>;
}

export function loraConfig(fields: LoraFields): Record<string, unknown> {
  return {
    ...common("LORA", fields),
    modules_to_save: fields.saved.length === 0 ? null : fields.saved,
    r: fields.rank,
    lora_alpha: fields.alpha,
    lora_dropout: 0,
    target_modules: fields.targets,
    fan_in_fan_out: fields.fanInFanOut,
    bias: "none",
    init_lora_weights: true,
    rank_pattern: fields.ranks,
    alpha_pattern: fields.alphas,
    use_rslora: false,
    use_dora: false,
    layers_pattern: null,
    layers_to_transform: null,
    layer_replication: null,
    loftq_config: {},
    megatron_config: null,
    megatron_core: "megatron.core",
  };
}

export interface PromptFields extends BaseFields {
  readonly tokens: number;
  /** Numbers of a token: of a prompt the hidden size, of a prefix those of all heads of keys. */
  readonly width: number;
  readonly layers: number | null;
  /** Of a prefix heads of keys. */
  readonly heads: number | null;
}

export function promptConfig(fields: PromptFields): Record<string, unknown> {
  return {
    ...learned("PROMPT_TUNING", fields),
    prompt_tuning_init: "RANDOM",
    prompt_tuning_init_text: null,
    tokenizer_name_or_path: null,
  };
}

export function prefixConfig(fields: PromptFields): Record<string, unknown> {
  return {
    ...learned("PREFIX_TUNING", fields),
    encoder_hidden_size: fields.width,
    prefix_projection: false,
  };
}

function learned(type: PeftType, fields: PromptFields): Record<string, unknown> {
  const { tokens, width, layers, heads, saved } = fields;
  return {
    ...common(type, fields),
    num_virtual_tokens: tokens,
    token_dim: width,
    num_transformer_submodules: 1,
    num_attention_heads: heads,
    num_layers: layers,
    // A later key than the others: only where it is needed do older versions have to know it.
    ...(saved.length > 0 && { modules_to_save: saved }),
  };
}

function common(type: PeftType, { base, task }: BaseFields): Record<string, unknown> {
  return {
    peft_type: type,
    task_type: task,
    base_model_name_or_path: base,
    revision: null,
    auto_mapping: null,
    inference_mode: true,
  };
}

/** As PEFT writes it: keys in their order, two blanks deep. */
export function configText(config: Readonly<Record<string, unknown>>): string {
  const keys = Object.keys(config).sort();
  return JSON.stringify(Object.fromEntries(keys.map((key) => [key, config[key]])), null, 2);
}

/** What the class in a configuration is for; null where PEFT has no name for it, as for masked tokens. */
export function taskOf(config: ModelConfig | undefined): TaskType | null {
  const name = architectureOf(config);
  const ends: readonly (readonly [RegExp, TaskType])[] = [
    [/(?:ForCausalLM|LMHeadModel)$/, "CAUSAL_LM"],
    [/ForSequenceClassification$/, "SEQ_CLS"],
    [/ForTokenClassification$/, "TOKEN_CLS"],
    [/ForQuestionAnswering$/, "QUESTION_ANS"],
    [/(?:ForConditionalGeneration|ForSeq2SeqLM)$/, "SEQ_2_SEQ_LM"],
    [/Model$/, "FEATURE_EXTRACTION"],
  ];
  return ends.find(([end]) => end.test(name))?.[1] ?? null;
}
