/**
 * LLaMA, arXiv:2302.13971, and what differs from it in flags: Mistral, arXiv:2310.06825 (a window), Qwen2, arXiv:2407.10671
 * (biases of queries, keys and values), Qwen3, arXiv:2505.09388 (queries and keys are normalized, head by head). Names and equations are those of Hugging Face's modeling_llama.
 */
import type { Architecture } from "../architecture.ts";
import type { Config } from "../config.ts";
import type { Scope, Value } from "../draft.ts";
import { type Activation, activation } from "../layers/activation.ts";
import { attend, byHead, type Cache, cache, headsFirst, shared } from "../layers/attention.ts";
import { DECODER_TASKS, decoderHead, positionIds, tokens } from "../layers/decoder.ts";
import { linear } from "../layers/linear.ts";
import { causalBias } from "../layers/masks.ts";
import { rmsNorm } from "../layers/norms.ts";
import { frequencies, type Rotation, rotate, rotation } from "../layers/rotary.ts";

/** What a configuration does not say but its model_type does. */
interface Flags {
  /** Biases of queries, keys and values, and of the attention's output. */
  readonly biases: (config: Config) => { readonly inward: boolean; readonly outward: boolean };
  readonly window: (config: Config) => number | undefined;
  /** Whether each head's queries and keys are normalized. */
  readonly normed: boolean;
}

interface Sizes {
  readonly hidden: number;
  readonly inner: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly size: number;
  readonly epsilon: number;
  readonly act: Activation;
  readonly mlpBias: boolean;
  readonly inward: boolean;
  readonly outward: boolean;
  readonly normed: boolean;
}

/** What every layer is given. */
interface Given extends Sizes {
  readonly turn: Rotation;
  readonly bias: Value;
  readonly kept: Cache;
}

function like(flags: Flags): Architecture {
  return {
    base: "model",
    tasks: DECODER_TASKS,
    write(draft, config, task) {
      const sizes = sizesOf(config, flags);
      const { hidden, kvHeads, size } = sizes;
      const layers = config.whole("num_hidden_layers");
      const at = draft.root.in("model");
      const text = tokens(draft, task);
      const positions = positionIds(at, task, text.ids);
      const kept = cache(draft, task, layers, kvHeads, size);
      const bias = causalBias(at, text.ids, text.mask, windowOf(config, flags));
      const turn = rotation(at.in("rotary_emb"), positions, frequencies(config, size));
      let x = at.in("embed_tokens").lookUp("weight", [config.whole("vocab_size"), hidden], text.ids);
      for (let layer = 0; layer < layers; layer++)
        x = block(at.in(`layers.${layer}`), layer, x, { ...sizes, turn, bias, kept });
      x = rmsNorm(at.in("norm"), x, hidden, sizes.epsilon);
      const table = "model.embed_tokens.weight";
      decoderHead(draft, config, task, text, x, { size: hidden, table, tied: false });
      kept.finish();
    },
  };
}

function sizesOf(config: Config, flags: Flags): Sizes {
  const hidden = config.whole("hidden_size");
  const heads = config.whole("num_attention_heads");
  const kvHeads = config.whole("num_key_value_heads", heads);
  const size = config.whole("head_dim", Math.floor(hidden / heads));
  if (heads % kvHeads !== 0)
    throw config.refusal("num_key_value_heads", `it must divide num_attention_heads, ${heads}`);
  if (size % 2 !== 0 || (!config.has("head_dim") && hidden % heads !== 0))
    throw config.refusal("num_attention_heads", `heads of an even size must make up hidden_size, ${hidden}`);
  return {
    ...{ hidden, heads, kvHeads, size },
    inner: config.whole("intermediate_size"),
    epsilon: config.number("rms_norm_eps", 1e-6),
    act: activation(config, "hidden_act", "silu"),
    mlpBias: config.flag("mlp_bias", false),
    normed: flags.normed,
    ...flags.biases(config),
  };
}

/** The same for all layers: masks that change from layer to layer are not known here. */
function windowOf(config: Config, flags: Flags): number | undefined {
  const window = flags.window(config);
  const kind = window === undefined ? "full_attention" : "sliding_attention";
  if (config.texts("layer_types").some((type) => type !== kind))
    throw config.refusal("layer_types", `layers that are all "${kind}" can be built`);
  return window;
}

function block(at: Scope, layer: number, x: Value, given: Given): Value {
  const { hidden, epsilon } = given;
  const normed = rmsNorm(at.in("input_layernorm"), x, hidden, epsilon);
  const attended = at.op("Add", [x, attention(at.in("self_attn"), layer, normed, given)]);
  const normedAgain = rmsNorm(at.in("post_attention_layernorm"), attended, hidden, epsilon);
  return at.op("Add", [attended, feedForward(at.in("mlp"), normedAgain, given)]);
}

function attention(at: Scope, layer: number, x: Value, given: Given): Value {
  const { hidden, heads, kvHeads, size, epsilon, normed, inward, outward, turn, bias, kept } = given;
  const project = (name: string, count: number): Value =>
    byHead(at, linear(at.in(name), x, hidden, count * size, inward), count, size);
  const turned = (norm: string, y: Value): Value =>
    rotate(at, headsFirst(at, normed ? rmsNorm(at.in(norm), y, size, epsilon) : y), turn);
  const q = turned("q_norm", project("q_proj", heads));
  const k = turned("k_norm", project("k_proj", kvHeads));
  const all = kept.remember(at, layer, k, headsFirst(at, project("v_proj", kvHeads)));
  const [keys = "", values = ""] = all.map((one) => shared(at, one, heads, heads / kvHeads, size));
  const mixed = attend(at, q, keys, values, bias, { heads, size });
  return linear(at.in("o_proj"), mixed, heads * size, hidden, outward);
}

/** @source Shazeer, GLU Variants Improve Transformer, arXiv:2002.05202 */
function feedForward(at: Scope, x: Value, { hidden, inner, act, mlpBias }: Given): Value {
  const gate = act(at.in("act_fn"), linear(at.in("gate_proj"), x, hidden, inner, mlpBias));
  const up = linear(at.in("up_proj"), x, hidden, inner, mlpBias);
  return linear(at.in("down_proj"), at.op("Mul", [gate, up]), inner, hidden, mlpBias);
}

const plain = {
  biases(config: Config) {
    const bias = config.flag("attention_bias", false);
    return { inward: bias, outward: bias };
  },
  window: () => undefined,
  normed: false,
};

/** A window that only some layers have is turned off in most published checkpoints; else it is refused. */
function withoutWindow(config: Config): undefined {
  config.only("use_sliding_window", false);
}

export const llama: Architecture = like(plain);

export const mistral: Architecture = like({
  ...plain,
  biases: () => ({ inward: false, outward: false }),
  window: (config) => (config.has("sliding_window") ? config.whole("sliding_window") : undefined),
});

export const qwen2: Architecture = like({
  ...plain,
  biases: () => ({ inward: true, outward: false }),
  window: withoutWindow,
});

export const qwen3: Architecture = like({ ...plain, window: withoutWindow, normed: true });
