/** A prefix where there is no past: each attention gets further keys and values before its own, and no mask over them. */
import { TensorProto_DataType } from "onnx-buf";
import { RelizoError } from "../../error.ts";
import type { GraphIndex } from "../graph.ts";
import type { Patch } from "../patch.ts";
import { typeOf } from "../trace.ts";
import { type Attention, attentions, type Step } from "./find.ts";
import type { Heads } from "./heads.ts";
import { type PrefixShape, pick, unpack } from "./layout.ts";

export interface AttentionForm {
  readonly shape: PrefixShape;
  readonly layers: readonly Attention[];
}

/** @throws RelizoError DATA where attention is not of a form that takes a prefix, or layers differ in their heads */
export function attentionForm(where: string, index: GraphIndex, stated: Partial<Heads>): AttentionForm {
  const layers = attentions(where, index, stated);
  const [first] = layers;
  const { keyHeads, size } = first!;
  const odd = layers.find((one) => one.keyHeads !== keyHeads || one.size !== size);
  if (odd)
    throw new RelizoError(
      "DATA",
      `${where}: "${odd.softmax.name}" has ${odd.keyHeads} heads of ${odd.size}, "${first!.softmax.name}" ${keyHeads} of ${size}; a prefix is laid out for one number and size of heads in all layers. Take addPrompt or addLora.`,
    );
  const uneven = layers.find(({ heads }) => heads % keyHeads !== 0);
  if (uneven)
    throw new RelizoError(
      "DATA",
      `${where}: "${uneven.softmax.name}" has ${uneven.heads} heads of queries, which ${keyHeads} heads of keys cannot share evenly; give heads and keyHeads as the model's configuration has them.`,
    );
  return { layers, shape: { layers: layers.length, heads: keyHeads, size } };
}

/** Has every layer's queries meet the prefix's keys, scaled as its own are, with no mask; the softmax runs over both. */
export function throughAttention(patch: Patch, { shape, layers }: AttentionForm): void {
  const type = typeOf(patch.index, layers[0]!.product.input[0] ?? "") ?? TensorProto_DataType.FLOAT;
  const unpacked = unpack(patch, shape, type);
  layers.forEach((attention, layer) => {
    const repeats = attention.heads / shape.heads;
    const keys = pick(patch, unpacked, layer, "key", shape, repeats);
    const values = pick(patch, unpacked, layer, "value", shape, repeats);
    attend(patch, attention, `prefix/${layer}`, keys, values);
  });
}

/** @param keys, values  [heads, tokens, size] */
function attend(patch: Patch, attention: Attention, name: string, keys: string, values: string): void {
  const { softmax, product, mix, ranks, heads } = attention;
  const [query = ""] = product.input;
  const scaled = again(patch, attention.keySteps, keys, `${name}/key`);
  const turned = patch.add("Transpose", [scaled], `${name}/key/turned`, { perm: [0, 2, 1] });
  const fit = ranks.product === 3 ? flat : whole; // ONNX Runtime 1.30 crashes where it would have to broadcast float16 keys
  const each = fit(patch, turned, query, `${name}/key`, heads);
  const met = patch.add("MatMul", [query, each], `${name}/product`);
  const scores = reranked(patch, again(patch, attention.steps, met, name), attention, name);
  const own = softmax.input[0] ?? "";
  patch.set(softmax, 0, patch.add("Concat", [scores, own], `${name}/scores`, { axis: -1 }));
  for (const reshape of attention.reshaped)
    patch.set(reshape, 1, regrouped(patch, reshape.input[0] ?? "", attention, name));
  const behind = mix.input[1] ?? "";
  const before = (ranks.mix === 3 ? flat : whole)(patch, values, behind, `${name}/value`, heads);
  patch.set(mix, 1, patch.add("Concat", [before, behind], `${name}/values`, { axis: -2 }));
}

/** Sends a value through steps that others went through. */
function again(patch: Patch, steps: readonly Step[], value: string, name: string): string {
  return steps.reduce(
    (at, { node, slot }) => patch.copy(node, node.input.with(slot, at), `${name}/${node.opType}`),
    value,
  );
}

/** [heads, a, b] -> [batch, heads, a, b], the batch being the first dimension of another value. */
function whole(patch: Patch, value: string, like: string, name: string): string {
  const batch = sizesOf(patch, like, [0]);
  return spread(patch, value, batch, name);
}

/** [heads, a, b] -> [batch * heads, a, b], that product being the first dimension of another value. */
function flat(patch: Patch, value: string, like: string, name: string, heads: number): string {
  const all = sizesOf(patch, like, [0]);
  const batch = patch.add("Div", [all, patch.ints(`${name}/heads`, [heads])], `${name}/batch`);
  const inner = sizesOf(patch, value, [1, 2]);
  const sizes = patch.add("Concat", [all, inner], `${name}/sizes`, { axis: 0 });
  return patch.add("Reshape", [spread(patch, value, batch, name), sizes], `${name}/flat`);
}

function spread(patch: Patch, value: string, batch: string, name: string): string {
  const own = patch.add("Shape", [value], `${name}/sizes`);
  const sizes = patch.add("Concat", [batch, own], `${name}/sizes`, { axis: 0 });
  return patch.add("Expand", [value, sizes], `${name}/each`);
}

/** Some of a value's sizes, as a vector. */
function sizesOf(patch: Patch, value: string, at: readonly number[]): string {
  const shape = patch.add("Shape", [value], "prefix/sizes");
  return patch.add("Gather", [shape, patch.ints("prefix/at", at)], "prefix/sizes/some", { axis: 0 });
}

/** The prefix's scores with as many dimensions as the softmax has. */
function reranked(patch: Patch, scores: string, { ranks, heads }: Attention, name: string): string {
  if (ranks.product === ranks.softmax) return scores;
  const inner = sizesOf(patch, scores, ranks.product === 3 ? [1, 2] : [2, 3]);
  const outer = patch.ints(`${name}/outer`, ranks.softmax === 3 ? [-1] : [-1, heads]);
  const sizes = patch.add("Concat", [outer, inner], `${name}/sizes`, { axis: 0 });
  return patch.add("Reshape", [scores, sizes], `${name}/reranked`);
}

/** The shape that probabilities over prefix and tokens take before they meet the values: [batch * heads, queries, keys]. */
function regrouped(patch: Patch, probabilities: string, { ranks, heads }: Attention, name: string): string {
  const inner = sizesOf(patch, probabilities, ranks.softmax === 3 ? [1, 2] : [2, 3]);
  const outer = patch.ints(`${name}/outer`, ranks.mix === 3 ? [-1] : [-1, heads]);
  return patch.add("Concat", [outer, inner], `${name}/sizes`, { axis: 0 });
}
