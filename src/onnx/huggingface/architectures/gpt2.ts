/** GPT-2, Radford and others 2019; names as in Hugging Face's modeling_gpt2, matrices [inputs, outputs]. */
import type { Architecture } from "../architecture.ts";
import type { Scope, Value } from "../draft.ts";
import { type Activation, activation } from "../layers/activation.ts";
import { attend, type Cache, cache, split } from "../layers/attention.ts";
import { DECODER_TASKS, decoderHead, positionIds, tokens } from "../layers/decoder.ts";
import { conv1d } from "../layers/linear.ts";
import { causalBias } from "../layers/masks.ts";
import { layerNorm } from "../layers/norms.ts";

interface Given {
  readonly hidden: number;
  readonly inner: number;
  readonly heads: number;
  readonly epsilon: number;
  readonly act: Activation;
  /** What scores are multiplied with, in this layer. */
  readonly scale: (layer: number) => number;
  readonly bias: Value;
  readonly kept: Cache;
}

export const gpt2: Architecture = {
  base: "transformer",
  tasks: DECODER_TASKS,
  write(draft, config, task) {
    config.only("add_cross_attention", false);
    const hidden = config.whole("n_embd");
    const heads = config.whole("n_head");
    if (hidden % heads !== 0) throw config.refusal("n_head", `it must divide n_embd, ${hidden}`);
    const layers = config.whole("n_layer");
    const whole = config.flag("scale_attn_weights", true) ? (hidden / heads) ** -0.5 : 1;
    const byLayer = config.flag("scale_attn_by_inverse_layer_idx", false);
    const at = draft.root.in("transformer");
    const text = tokens(draft, task);
    const positions = positionIds(at, task, text.ids);
    const given: Given = {
      ...{ hidden, heads },
      inner: config.whole("n_inner", 4 * hidden),
      epsilon: config.number("layer_norm_epsilon", 1e-5),
      act: activation(config, "activation_function", "gelu_new"),
      scale: (layer) => (byLayer ? whole / (layer + 1) : whole),
      kept: cache(draft, task, layers, heads, hidden / heads),
      bias: causalBias(at, text.ids, text.mask, undefined),
    };
    const words = at.in("wte").lookUp("weight", [config.whole("vocab_size"), hidden], text.ids);
    const places = at.in("wpe").lookUp("weight", [config.whole("n_positions"), hidden], positions);
    let x = at.op("Add", [words, places]);
    for (let layer = 0; layer < layers; layer++) x = block(at.in(`h.${layer}`), layer, x, given);
    x = layerNorm(at.in("ln_f"), x, hidden, given.epsilon);
    const table = "transformer.wte.weight";
    decoderHead(draft, config, task, text, x, { size: hidden, table, tied: true });
    given.kept.finish();
  },
};

function block(at: Scope, layer: number, x: Value, given: Given): Value {
  const { hidden, inner, epsilon, act } = given;
  const normed = layerNorm(at.in("ln_1"), x, hidden, epsilon);
  const attended = at.op("Add", [x, attention(at.in("attn"), layer, normed, given)]);
  const mlp = at.in("mlp");
  const wide = conv1d(mlp.in("c_fc"), layerNorm(at.in("ln_2"), attended, hidden, epsilon), hidden, inner);
  return at.op("Add", [attended, conv1d(mlp.in("c_proj"), act(mlp.in("act"), wide), inner, hidden)]);
}

function attention(at: Scope, layer: number, x: Value, { hidden, heads, scale, bias, kept }: Given): Value {
  const size = hidden / heads;
  const all = at.ops("Split", [conv1d(at.in("c_attn"), x, hidden, 3 * hidden)], 3, { axis: 2 });
  const [q = "", k = "", v = ""] = all.map((one) => split(at, one, heads, size));
  const mixed = attend(at, q, ...kept.remember(at, layer, k, v), bias, { heads, size, scale: scale(layer) });
  return conv1d(at.in("c_proj"), mixed, hidden, hidden);
}
