/** A prefix where the export takes a past: it comes before the caller's, in the graph, and everything counts from behind it. */
import { TensorProto_DataType, type ValueInfoProto } from "onnx-buf";
import { RelizoError } from "../../error.ts";
import type { GraphIndex } from "../graph.ts";
import { statedShape, statedType } from "../node.ts";
import type { Patch } from "../patch.ts";
import { typeName } from "../tensor.ts";
import { leading, type PrefixShape, pick, tokensOf, unpack } from "./layout.ts";

/** The inputs and outputs of one layer's past. */
interface Layer {
  readonly key: ValueInfoProto;
  readonly value: ValueInfoProto;
}

export interface PastForm {
  readonly shape: PrefixShape;
  readonly layers: readonly Layer[];
}

const PAST = /^past_key_values\.(\d+)\.(?:decoder\.)?(key|value)$/;
const PRESENT = /^present\.(\d+)\.(?:decoder\.)?(key|value)$/;

/**
 * The past of an export as Hugging Face's exporter names it; undefined where it has none.
 *
 * @throws RelizoError DATA for one whose keys and values are not all [batch, heads, past, size] of fixed heads and size
 */
export function pastForm(where: string, index: GraphIndex): PastForm | undefined {
  const found = new Map<string, ValueInfoProto>();
  let count = 0;
  for (const input of index.graph.input) {
    const [, layer, kind] = PAST.exec(input.name) ?? [];
    if (layer === undefined || kind === undefined) continue;
    found.set(`${layer}.${kind}`, input);
    count = Math.max(count, Number(layer) + 1);
  }
  if (found.size === 0) return undefined;
  const layers = Array.from({ length: count }, (_, layer) => ({
    key: found.get(`${layer}.key`),
    value: found.get(`${layer}.value`),
  }));
  const all = layers.flatMap(({ key, value }) => (key && value ? [{ key, value }] : []));
  const shapes = all.flatMap(({ key, value }) => [key, value].map((one) => statedShape(one) ?? []));
  const [, heads, , size] = shapes[0] ?? [];
  const fits = shapes.every((shape) => shape.length === 4 && shape[1] === heads && shape[3] === size);
  if (all.length === count && fits && typeof heads === "number" && typeof size === "number")
    return { shape: { layers: count, heads, size }, layers: all };
  const odd = shapes.find((shape) => shape.length !== 4 || shape[1] !== heads || shape[3] !== size);
  throw new RelizoError(
    "DATA",
    `${where}: the past is made of ${found.size} inputs over ${count} layers, of shape [${(odd ?? shapes[0] ?? []).join(", ")}]; a key and a value of [batch, heads, past, size] for each layer, with the same heads and size in all, are needed.`,
  );
}

/** Concatenates the prefix before the caller's past, lengthens the mask, moves positions on, and cuts the prefix off what comes out. */
export function throughPast(patch: Patch, { shape, layers }: PastForm, where: string): void {
  const first = layers[0]!.key;
  const unpacked = unpack(patch, shape, statedType(first) ?? TensorProto_DataType.FLOAT);
  const tokens = tokensOf(patch);
  const batch = leading(patch, first.name, 1);
  layers.forEach(({ key, value }, layer) => {
    for (const [kind, input] of [
      ["key", key],
      ["value", value],
    ] as const) {
      const own = pick(patch, unpacked, layer, kind, shape);
      const sizes = patch.add(
        "Concat",
        [batch, patch.add("Shape", [own], "prefix/sizes")],
        "prefix/sizes/all",
        {
          axis: 0,
        },
      );
      const each = patch.add("Expand", [own, sizes], `prefix/${layer}/${kind}/each`);
      const joined = patch.add("Concat", [each, input.name], `${input.name}/prefixed`, { axis: 2 });
      patch.redirect(input.name, joined);
    }
  });
  lengthenMask(patch, tokens, batch, where);
  movePositions(patch, tokens);
  cutPresent(patch, tokens);
}

function lengthenMask(patch: Patch, tokens: string, batch: string, where: string): void {
  const mask = patch.index.graph.input.find(({ name }) => name === "attention_mask");
  if (!mask) return;
  const rank = statedShape(mask)?.length;
  const type = statedType(mask);
  if (rank !== 2 || type === undefined)
    throw new RelizoError(
      "DATA",
      `${where}: attention_mask has shape [${(statedShape(mask) ?? []).join(", ")}] and type ${typeName(type)}; one of [batch, past + sequence] is needed to be lengthened.`,
    );
  const sizes = patch.add("Concat", [batch, tokens], "prefix/mask/sizes", { axis: 0 });
  const one = patch.add("Cast", [patch.ints("prefix/one", [1])], "prefix/mask/one", { to: type });
  const ones = patch.add("Expand", [one, sizes], "prefix/mask");
  patch.redirect(mask.name, patch.add("Concat", [ones, mask.name], "attention_mask/prefixed", { axis: 1 }));
}

/** Positions that the caller gives count from 0 behind the prefix, as they do in a graph that counts them itself. */
export function movePositions(patch: Patch, tokens: string): void {
  const positions = patch.index.graph.input.find(({ name }) => name === "position_ids");
  const type = positions && statedType(positions);
  if (!positions || type === undefined) return;
  const by =
    type === TensorProto_DataType.INT64 ? tokens : patch.add("Cast", [tokens], "prefix/by", { to: type });
  patch.redirect(positions.name, patch.add("Add", [positions.name, by], "position_ids/prefixed"));
}

function cutPresent(patch: Patch, tokens: string): void {
  const end = patch.ints("prefix/end", [Number.MAX_SAFE_INTEGER]);
  const axis = patch.ints("prefix/axis", [2]);
  for (const { name } of patch.index.graph.output) {
    if (!PRESENT.test(name)) continue;
    const whole = patch.rename(name, `${name}/prefixed`);
    patch.redirect(name, whole);
    patch.make("Slice", [whole, tokens, end, axis], name);
  }
}
