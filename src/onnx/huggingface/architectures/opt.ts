/**
 * OPT, Zhang and others, arXiv:2205.01068; names as in Hugging Face's modeling_opt. Positions are counted over the mask and
 * stand two rows down in their table; there is no input for them.
 */
import type { Architecture } from "../architecture.ts";
import type { Config } from "../config.ts";
import type { Scope, Value } from "../draft.ts";
import { type Activation, activation } from "../layers/activation.ts";
import { attend, type Cache, cache, split } from "../layers/attention.ts";
import { DECODER_TASKS, decoderHead, type Tokens, tokens } from "../layers/decoder.ts";
import { linear, timesRows } from "../layers/linear.ts";
import { causalBias } from "../layers/masks.ts";
import { layerNorm } from "../layers/norms.ts";
import { counted, lastColumns } from "../layers/positions.ts";

/** Rows of the table of positions that stand before the first one; the second is padding's. */
const OFFSET = 2;
const EPSILON = 1e-5;

interface Given {
  readonly hidden: number;
  readonly inner: number;
  readonly heads: number;
  readonly act: Activation;
  /** Whether matrices have biases. */
  readonly biases: boolean;
  /** Whether what goes into attention and feed-forward is normalized, or what comes out of the sums. */
  readonly before: boolean;
  readonly bias: Value;
  readonly kept: Cache;
}

export const opt: Architecture = {
  base: "model",
  tasks: DECODER_TASKS,
  write(draft, config, task) {
    config.only("layer_norm_elementwise_affine", true);
    const hidden = config.whole("hidden_size");
    const heads = config.whole("num_attention_heads");
    if (hidden % heads !== 0)
      throw config.refusal("num_attention_heads", `it must divide hidden_size, ${hidden}`);
    const layers = config.whole("num_hidden_layers");
    const at = draft.root.in("model").in("decoder");
    const text = tokens(draft, task);
    const given: Given = {
      ...{ hidden, heads },
      inner: config.whole("ffn_dim"),
      act: activation(config, "activation_function", "relu"),
      biases: config.flag("enable_bias", true),
      before: config.flag("do_layer_norm_before", true),
      kept: cache(draft, task, layers, heads, hidden / heads),
      bias: causalBias(at, text.ids, text.mask, undefined),
    };
    const narrow = config.whole("word_embed_proj_dim", hidden);
    let x = embed(at, config, text, hidden, narrow);
    for (let layer = 0; layer < layers; layer++) x = block(at.in(`layers.${layer}`), layer, x, given);
    if (given.before && !config.flag("_remove_final_layer_norm", false))
      x = layerNorm(at.in("final_layer_norm"), x, hidden, EPSILON);
    if (narrow !== hidden) x = project(at.in("project_out"), x, hidden, narrow);
    const table = "model.decoder.embed_tokens.weight";
    decoderHead(draft, config, task, text, x, { size: narrow, table, tied: true });
    given.kept.finish();
  },
};

function embed(at: Scope, config: Config, { ids, mask }: Tokens, hidden: number, narrow: number): Value {
  const words = at.in("embed_tokens").lookUp("weight", [config.whole("vocab_size"), narrow], ids);
  const wide = narrow === hidden ? words : project(at.in("project_in"), words, narrow, hidden);
  const places = at.in("embed_positions");
  const table = [config.whole("max_position_embeddings") + OFFSET, hidden];
  const count = lastColumns(places, counted(places, mask), ids); // from 1, padding at 0
  const rows = places.op("Add", [count, places.int(OFFSET - 1)]);
  return at.op("Add", [wide, places.lookUp("weight", table, rows)]);
}

function project(at: Scope, x: Value, from: number, to: number): Value {
  return timesRows(at, x, at.named("weight"), from, to);
}

function block(at: Scope, layer: number, x: Value, given: Given): Value {
  const { hidden, inner, act, biases, before } = given;
  /** x + part(norm(x)), or norm(x + part(x)) */
  const residual = (norm: string, from: Value, part: (x: Value) => Value): Value => {
    const normed = (y: Value): Value => layerNorm(at.in(norm), y, hidden, EPSILON);
    const sum = at.op("Add", [from, part(before ? normed(from) : from)]);
    return before ? sum : normed(sum);
  };
  const attended = residual("self_attn_layer_norm", x, (y) => attention(at.in("self_attn"), layer, y, given));
  return residual("final_layer_norm", attended, (y) => {
    const wide = act(at.in("activation_fn"), linear(at.in("fc1"), y, hidden, inner, biases));
    return linear(at.in("fc2"), wide, inner, hidden, biases);
  });
}

function attention(at: Scope, layer: number, x: Value, { hidden, heads, biases, bias, kept }: Given): Value {
  const size = hidden / heads;
  const [q = "", k = "", v = ""] = ["q_proj", "k_proj", "v_proj"].map((name) =>
    split(at, linear(at.in(name), x, hidden, hidden, biases), heads, size),
  );
  const mixed = attend(at, q, ...kept.remember(at, layer, k, v), bias, { heads, size });
  return linear(at.in("out_proj"), mixed, hidden, hidden, biases);
}
