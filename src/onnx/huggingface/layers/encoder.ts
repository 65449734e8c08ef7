/** Layers of BERT, arXiv:1810.04805, and of what is built like it: normalized after each sum. */
import type { Config } from "../config.ts";
import type { Scope, Value } from "../draft.ts";
import { type Activation, activation } from "./activation.ts";
import { attend, split } from "./attention.ts";
import { linear } from "./linear.ts";
import { layerNorm } from "./norms.ts";

export interface EncoderSizes {
  readonly hidden: number;
  readonly inner: number;
  readonly layers: number;
  readonly heads: number;
  readonly epsilon: number;
  readonly act: Activation;
}

/** @throws RelizoError DATA for what makes it another model: a decoder, positions relative to each other */
export function encoderSizes(config: Config): EncoderSizes {
  config.only("is_decoder", false);
  config.only("position_embedding_type", "absolute");
  const hidden = config.whole("hidden_size");
  const heads = config.whole("num_attention_heads");
  if (hidden % heads !== 0)
    throw config.refusal("num_attention_heads", `it must divide hidden_size, ${hidden}`);
  return {
    ...{ hidden, heads },
    inner: config.whole("intermediate_size"),
    layers: config.whole("num_hidden_layers"),
    epsilon: config.number("layer_norm_eps", 1e-12),
    act: activation(config, "hidden_act", "gelu"),
  };
}

/** Embeddings of what a token is, where it stands and which text it is of, summed and normalized. */
export function embed(
  at: Scope,
  config: Config,
  { hidden, epsilon }: EncoderSizes,
  rows: { readonly ids: Value; readonly positions: Value; readonly types: Value },
): Value {
  const look = (table: string, count: string, which: Value): Value =>
    at.in(table).lookUp("weight", [config.whole(count), hidden], which);
  const words = look("word_embeddings", "vocab_size", rows.ids);
  const types = look("token_type_embeddings", "type_vocab_size", rows.types);
  const places = look("position_embeddings", "max_position_embeddings", rows.positions);
  const sum = at.op("Add", [at.op("Add", [words, types]), places]);
  return layerNorm(at.in("LayerNorm"), sum, hidden, epsilon);
}

/** @param bias  to be added to scores @returns [batch, sequence, hidden] */
export function encode(at: Scope, x: Value, sizes: EncoderSizes, bias: Value): Value {
  let hidden = x;
  for (let layer = 0; layer < sizes.layers; layer++)
    hidden = block(at.in(`layer.${layer}`), hidden, sizes, bias);
  return hidden;
}

function block(
  at: Scope,
  x: Value,
  { hidden, inner, heads, epsilon, act }: EncoderSizes,
  bias: Value,
): Value {
  const size = hidden / heads;
  const self = at.in("attention").in("self");
  const [q = "", k = "", v = ""] = ["query", "key", "value"].map((name) =>
    split(self, linear(self.in(name), x, hidden, hidden, true), heads, size),
  );
  const mixed = attend(self, q, k, v, bias, { heads, size });
  const summed = (to: Scope, from: Value, width: number, before: Value): Value => {
    const sum = to.op("Add", [linear(to.in("dense"), from, width, hidden, true), before]);
    return layerNorm(to.in("LayerNorm"), sum, hidden, epsilon);
  };
  const attended = summed(at.in("attention").in("output"), mixed, hidden, x);
  const between = at.in("intermediate");
  const wide = act(between, linear(between.in("dense"), attended, hidden, inner, true));
  return summed(at.in("output"), wide, inner, attended);
}

/** The vector of the first token. @returns [batch, hidden] */
export function first(at: Scope, hidden: Value): Value {
  return at.op("Gather", [hidden, at.int(0)], { axis: 1 });
}
