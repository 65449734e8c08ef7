/** Configurations as they are published: the weights that are asked for count what the models' authors and cards say. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FloatType } from "../../parameters/index.ts";
import { ARCHITECTURES } from "./architectures.ts";
import { Config } from "./config.ts";
import { Draft } from "./draft.ts";
import type { StoredTensor } from "./stored.ts";
import { taskOf } from "./task.ts";
import { Weights } from "./weights.ts";

/** Notes what is asked for, and has it. */
class Asked extends Weights {
  readonly shapes: Map<string, readonly number[]> = new Map();

  constructor() {
    super([], "");
  }

  override take(name: string, shape: readonly number[]): StoredTensor<FloatType> {
    this.shapes.set(name, shape);
    return {
      name,
      shape,
      type: "F32",
      length: 0,
      location: "",
      offset: 0,
      read: async () => new Uint8Array(),
    };
  }
}

function count(values: Readonly<Record<string, unknown>>): number {
  const config = new Config(values);
  const architecture = ARCHITECTURES.get(config.text("model_type"))!;
  const asked = new Asked();
  architecture.write(new Draft(asked, false), config, taskOf(config, "auto", architecture.tasks));
  return [...asked.shapes.values()].reduce(
    (sum, shape) => sum + shape.reduce((product, n) => product * n, 1),
    0,
  );
}

const llama = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_act: "silu",
  rms_norm_eps: 1e-5,
};
const bertLike = {
  hidden_act: "gelu",
  hidden_size: 768,
  intermediate_size: 3072,
  num_attention_heads: 12,
  num_hidden_layers: 12,
  position_embedding_type: "absolute",
};

const PUBLISHED: readonly (readonly [string, number, Readonly<Record<string, unknown>>])[] = [
  [
    "gpt2",
    124_439_808,
    {
      activation_function: "gelu_new",
      architectures: ["GPT2LMHeadModel"],
      layer_norm_epsilon: 1e-5,
      model_type: "gpt2",
      n_ctx: 1024,
      n_embd: 768,
      n_head: 12,
      n_layer: 12,
      n_positions: 1024,
      summary_type: "cls_index",
      task_specific_params: { "text-generation": { do_sample: true, max_length: 50 } },
      vocab_size: 50257,
    },
  ],
  [
    "opt-125m",
    125_239_296,
    {
      _remove_final_layer_norm: false,
      activation_function: "relu",
      architectures: ["OPTForCausalLM"],
      do_layer_norm_before: true,
      ffn_dim: 3072,
      hidden_size: 768,
      max_position_embeddings: 2048,
      model_type: "opt",
      num_attention_heads: 12,
      num_hidden_layers: 12,
      pad_token_id: 1,
      vocab_size: 50272,
      word_embed_proj_dim: 768,
    },
  ],
  [
    "opt-350m",
    331_196_416,
    {
      _remove_final_layer_norm: false,
      activation_function: "relu",
      architectures: ["OPTForCausalLM"],
      do_layer_norm_before: false,
      ffn_dim: 4096,
      hidden_size: 1024,
      max_position_embeddings: 2048,
      model_type: "opt",
      num_attention_heads: 16,
      num_hidden_layers: 24,
      pad_token_id: 1,
      vocab_size: 50272,
      word_embed_proj_dim: 512,
    },
  ],
  [
    "bert-base-uncased",
    109_514_298,
    {
      ...bertLike,
      architectures: ["BertForMaskedLM"],
      layer_norm_eps: 1e-12,
      max_position_embeddings: 512,
      model_type: "bert",
      type_vocab_size: 2,
      vocab_size: 30522,
    },
  ],
  [
    "roberta-base",
    124_697_433,
    {
      ...bertLike,
      architectures: ["RobertaForMaskedLM"],
      layer_norm_eps: 1e-5,
      max_position_embeddings: 514,
      model_type: "roberta",
      pad_token_id: 1,
      type_vocab_size: 1,
      vocab_size: 50265,
    },
  ],
  [
    "TinyLlama-1.1B",
    1_100_048_384,
    {
      ...llama,
      hidden_size: 2048,
      intermediate_size: 5632,
      num_attention_heads: 32,
      num_hidden_layers: 22,
      num_key_value_heads: 4,
      pretraining_tp: 1,
      rope_scaling: null,
      tie_word_embeddings: false,
      vocab_size: 32000,
    },
  ],
  [
    "Llama-3.2-1B",
    1_235_814_400,
    {
      ...llama,
      attention_bias: false,
      head_dim: 64,
      hidden_size: 2048,
      intermediate_size: 8192,
      mlp_bias: false,
      num_attention_heads: 32,
      num_hidden_layers: 16,
      num_key_value_heads: 8,
      rope_scaling: {
        factor: 32,
        high_freq_factor: 4,
        low_freq_factor: 1,
        original_max_position_embeddings: 8192,
        rope_type: "llama3",
      },
      rope_theta: 500000,
      tie_word_embeddings: true,
      vocab_size: 128256,
    },
  ],
  [
    "Mistral-7B-v0.1",
    7_241_732_096,
    {
      architectures: ["MistralForCausalLM"],
      hidden_act: "silu",
      hidden_size: 4096,
      intermediate_size: 14336,
      model_type: "mistral",
      num_attention_heads: 32,
      num_hidden_layers: 32,
      num_key_value_heads: 8,
      rms_norm_eps: 1e-5,
      rope_theta: 10000,
      sliding_window: 4096,
      tie_word_embeddings: false,
      vocab_size: 32000,
    },
  ],
  [
    "Qwen2.5-0.5B",
    494_032_768,
    {
      architectures: ["Qwen2ForCausalLM"],
      hidden_act: "silu",
      hidden_size: 896,
      intermediate_size: 4864,
      max_window_layers: 24,
      model_type: "qwen2",
      num_attention_heads: 14,
      num_hidden_layers: 24,
      num_key_value_heads: 2,
      rms_norm_eps: 1e-6,
      rope_theta: 1000000,
      sliding_window: 32768,
      tie_word_embeddings: true,
      use_mrope: false,
      use_sliding_window: false,
      vocab_size: 151936,
    },
  ],
  [
    "Qwen3-0.6B",
    596_049_920,
    {
      architectures: ["Qwen3ForCausalLM"],
      attention_bias: false,
      head_dim: 128,
      hidden_act: "silu",
      hidden_size: 1024,
      intermediate_size: 3072,
      max_window_layers: 28,
      model_type: "qwen3",
      num_attention_heads: 16,
      num_hidden_layers: 28,
      num_key_value_heads: 8,
      rms_norm_eps: 1e-6,
      rope_scaling: null,
      rope_theta: 1000000,
      sliding_window: null,
      tie_word_embeddings: true,
      use_sliding_window: false,
      vocab_size: 151936,
    },
  ],
];

for (const [name, expected, values] of PUBLISHED)
  test(`${name} has ${expected} parameters`, () => {
    assert.equal(count(values), expected);
  });
