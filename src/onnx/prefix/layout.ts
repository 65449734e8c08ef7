/**
 * How a prefix is laid out: as Hugging Face's PEFT saves it, `prompt_embeddings` [tokens, layers * 2 * heads * size], in a row
 * layer after layer, of each the key and then the value, of each head after head.
 */
import { TensorProto_DataType } from "onnx-buf";
import type { Patch } from "../patch.ts";

/** The input that trains. */
export const PREFIX = "prompt_embeddings";

export interface PrefixShape {
  readonly layers: number;
  /** Heads of keys and values. */
  readonly heads: number;
  /** Numbers in a head's key. */
  readonly size: number;
}

/** Numbers of one prefix token. */
export function widthOf({ layers, heads, size }: PrefixShape): number {
  return layers * 2 * heads * size;
}

/** What the graph computes from the input once: [layers * 2, heads, tokens, size]. */
export function unpack(
  patch: Patch,
  { layers, heads, size }: PrefixShape,
  type: TensorProto_DataType,
): string {
  const rows =
    type === TensorProto_DataType.FLOAT ? PREFIX : patch.add("Cast", [PREFIX], "prefix/rows", { to: type });
  const shape = patch.ints("prefix/shape", [-1, layers * 2, heads, size]);
  const parted = patch.add("Reshape", [rows, shape], "prefix/parted");
  return patch.add("Transpose", [parted], "prefix/heads", { perm: [1, 2, 0, 3] });
}

/** The keys or values of a layer: [heads, tokens, size], each head as often in a row as queries share it. */
export function pick(
  patch: Patch,
  unpacked: string,
  layer: number,
  kind: "key" | "value",
  { heads }: PrefixShape,
  repeats = 1,
): string {
  const at = patch.ints(`prefix/${layer}/${kind}/at`, [2 * layer + (kind === "key" ? 0 : 1)], []);
  const own = patch.add("Gather", [unpacked, at], `prefix/${layer}/${kind}`, { axis: 0 });
  if (repeats === 1) return own;
  const each = Array.from({ length: heads * repeats }, (_, head) => Math.floor(head / repeats));
  const order = patch.ints(`prefix/${layer}/${kind}/shared`, each);
  return patch.add("Gather", [own, order], `prefix/${layer}/${kind}/repeated`, { axis: 0 });
}

/** The count of prefix tokens, [1], as whatever comes in has it. */
export function tokensOf(patch: Patch): string {
  const shape = patch.add("Shape", [PREFIX], "prefix/sizes");
  return patch.add("Gather", [shape, patch.ints("prefix/first", [0])], "prefix/tokens", { axis: 0 });
}

/** The first sizes of a value, [count]. */
export function leading(patch: Patch, value: string, count: number): string {
  const places = patch.ints(
    "prefix/leading",
    Array.from({ length: count }, (_, i) => i),
  );
  return patch.add("Gather", [patch.add("Shape", [value], "prefix/sizes"), places], "prefix/sizes/leading", {
    axis: 0,
  });
}
