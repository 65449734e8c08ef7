/** Attention in the forms that exporters write it: softmax of scaled, masked products of queries and keys, times values. */
import type { NodeProto } from "onnx-buf";
import { RelizoError } from "../../error.ts";
import type { GraphIndex } from "../graph.ts";
import { intAttribute } from "../node.ts";
import { carries, isScale, rankOf } from "../trace.ts";
import { type Heads, headsOf } from "./heads.ts";

/** A node between products and softmax, or between keys and products, that a prefix must go through as well. */
export interface Step {
  readonly node: NodeProto;
  /** Which of its inputs is the one that flows through. */
  readonly slot: number;
}

/** One attention. */
export interface Attention extends Heads {
  readonly softmax: NodeProto;
  /** Queries times keys. */
  readonly product: NodeProto;
  /** Probabilities times values. */
  readonly mix: NodeProto;
  /** From the product to the softmax, without masks. */
  readonly steps: readonly Step[];
  /** From a key as it would be kept in a past to the product's operand. */
  readonly keySteps: readonly Step[];
  /** Nodes after the softmax that shape the probabilities anew. */
  readonly reshaped: readonly NodeProto[];
  /** Dimensions at the product, the softmax and the values: 4 for [batch, heads, ...], 3 for [batch * heads, ...]. */
  readonly ranks: { readonly product: number; readonly softmax: number; readonly mix: number };
}

const FUSED =
  /^(?:Attention|MultiHeadAttention|GroupQueryAttention|DecoderMaskedMultiHeadAttention|PackedAttention|PackedMultiHeadAttention|QAttention|SparseAttention|PagedAttention|LongformerAttention)$/;

/**
 * All attentions of a graph, in its order.
 *
 * @throws RelizoError DATA where there are none, or one of another form; the message names the node
 */
export function attentions(where: string, index: GraphIndex, stated: Partial<Heads>): Attention[] {
  const fused = index.graph.node.find(({ opType }) => FUSED.test(opType));
  if (fused)
    throw new RelizoError(
      "DATA",
      `${where}: attention is within the fused operator ${fused.domain ? `${fused.domain}.` : ""}${fused.opType} ("${fused.name}"), which has no place for a prefix; export the model with past_key_values, or without fusion (MatMul, Softmax, MatMul).`,
    );
  const found = index.graph.node.flatMap((node) =>
    node.opType === "Softmax" ? (attention(where, index, node, stated) ?? []) : [],
  );
  if (found.length > 0) return found;
  throw new RelizoError(
    "DATA",
    `${where}: found no attention in the graph's ${index.graph.node.length} nodes: neither inputs past_key_values.N.key and .value, nor a MatMul of Softmax(scale * MatMul(queries, keys) + mask) and values. Export the model with its past, or take addLora.`,
  );
}

function attention(
  where: string,
  index: GraphIndex,
  softmax: NodeProto,
  stated: Partial<Heads>,
): Attention | undefined {
  const after = mixOf(index, softmax.output[0] ?? "");
  if (!after) return undefined;
  const scores = softmax.input[0] ?? "";
  const [before, ...others] = productsOf(index, scores);
  const odd = (what: string): RelizoError =>
    new RelizoError(
      "DATA",
      `${where}: the attention of "${softmax.name}" ${what}; Softmax(scale * MatMul(queries, keys) + mask) over the last dimension is needed, with a scale of one number. Export the model with past_key_values, or take addLora.`,
    );
  if (!before) throw odd("does not come from one product of queries and keys by scales and masks alone");
  if (others.length > 0) throw odd(`comes from ${others.length + 1} products`);
  const { product, steps } = before;
  const [query = "", keys = ""] = product.input;
  const ranks = {
    product: rankOf(index, query) ?? 4,
    softmax: rankOf(index, scores) ?? 4,
    mix: rankOf(index, after.mix.input[1] ?? "") ?? 4,
  };
  const axis = intAttribute(softmax, "axis") ?? -1;
  if (axis !== -1 && axis !== ranks.softmax - 1) throw odd(`runs over dimension ${axis} of ${ranks.softmax}`);
  const bad = Object.values(ranks).find((rank) => rank !== 3 && rank !== 4);
  if (bad !== undefined)
    throw odd(`has ${bad} dimensions, neither [batch, heads, ...] nor [batch * heads, ...]`);
  const heads = { ...headsOf(index, after.mix.input[1] ?? "", ranks.mix), ...stated };
  const { heads: count, keyHeads = count, size } = heads;
  if (count === undefined || keyHeads === undefined || size === undefined)
    throw odd("does not tell how many heads of what size there are (give heads and headSize)");
  return {
    softmax,
    product,
    steps,
    ...after,
    keySteps: keySteps(index, keys),
    ranks,
    heads: count,
    keyHeads,
    size,
  };
}

/** Where probabilities meet values: past what does not change them. */
function mixOf(
  index: GraphIndex,
  value: string,
  reshaped: readonly NodeProto[] = [],
): { readonly mix: NodeProto; readonly reshaped: readonly NodeProto[] } | undefined {
  for (const { node, slot } of index.uses(value)) {
    const output = node.output[0] ?? "";
    if (node.opType === "MatMul" && slot === 0) {
      if (carries(index, node.input[1] ?? "", () => false)) return { mix: node, reshaped };
    } else if (/^(?:Identity|Dropout|Cast)$/.test(node.opType) || (node.opType === "Where" && slot > 0)) {
      const found = mixOf(index, output, reshaped);
      if (found) return found;
    } else if (node.opType === "Reshape") {
      const found = mixOf(index, output, [...reshaped, node]);
      if (found) return found;
    }
  }
  return undefined;
}

/** Operators of one number each that a score may go through besides its scale: bounds, and Gemma's soft cap. */
const ALONE = new Set(["Cast", "Identity", "Tanh", "Clip", "Reshape"]);

/** Ways from a product of two computed values to a value, by scales, masks and bounds alone. */
function productsOf(
  index: GraphIndex,
  value: string,
  depth = 16,
): { readonly product: NodeProto; readonly steps: readonly Step[] }[] {
  const node = index.maker.get(value);
  if (!node || depth === 0) return [];
  const from = (slot: number, step: boolean) =>
    productsOf(index, node.input[slot] ?? "", depth - 1).map(({ product, steps }) => ({
      product,
      steps: step ? [...steps, { node, slot }] : steps,
    }));
  switch (node.opType) {
    case "MatMul": {
      const both = node.input.every((input) => carries(index, input, () => false));
      return both ? [{ product: node, steps: [] }] : [];
    }
    case "Add":
      return [...from(0, false), ...from(1, false)];
    case "Sub":
      return from(0, false);
    case "Where":
      return [...from(1, false), ...from(2, false)];
    case "Mul":
    case "Div":
    case "Max":
    case "Min":
      return node.input.flatMap((_, slot) =>
        (slot === 0 || node.opType !== "Div") && isScale(index, node.input[1 - slot] ?? "")
          ? from(slot, true)
          : [],
      );
    default:
      return ALONE.has(node.opType) ? from(0, node.opType !== "Reshape") : [];
  }
}

/** Scales on the keys, from the first to the last: SDPA splits its scale between queries and keys. */
function keySteps(index: GraphIndex, keys: string): Step[] {
  const node = index.maker.get(keys);
  if (!node) return [];
  if (node.opType === "Transpose" || node.opType === "Identity") return keySteps(index, node.input[0] ?? "");
  if (node.opType !== "Mul" && node.opType !== "Div") return [];
  const slot = isScale(index, node.input[1] ?? "") ? 0 : isScale(index, node.input[0] ?? "") ? 1 : -1;
  if (slot < 0 || (node.opType === "Div" && slot === 1)) return [];
  return [...keySteps(index, node.input[slot] ?? ""), { node, slot }];
}
