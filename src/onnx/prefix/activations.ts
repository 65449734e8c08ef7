/** Start values of a prefix from real tokens: the keys and values that the model itself computes for them. */
import { TensorProto_DataType, type ValueInfoProto } from "onnx-buf";
import { RelizoError } from "../../error.ts";
import { need } from "../../option.ts";
import { widenF16 } from "../../parameters/half.ts";
import { trainableInputs } from "../cut.ts";
import { indexOf } from "../graph.ts";
import { copyModel, graphOf, type OnnxModel } from "../model.ts";
import { statedShape, statedType, valueInfo } from "../node.ts";
import { Patch } from "../patch.ts";
import type { Feeds, Value } from "../session/session.ts";
import { typeName } from "../tensor.ts";
import { typeOf } from "../trace.ts";
import { attentionForm } from "./attention.ts";
import type { Attention } from "./find.ts";
import { type PrefixShape, widthOf } from "./layout.ts";
import { pastForm } from "./past.ts";
import { type HeadCounts, statedHeads } from "./prefix.ts";

/** Runs a model once; what it trains otherwise, if anything, is bound by whoever gives this. */
export type RunModel = (
  model: OnnxModel,
  feeds: Feeds,
  outputs: readonly string[],
) => Promise<Readonly<Record<string, Value>>>;

/**
 * Keys and values of real tokens in the layout of `addPrefix`'s `init`: [tokens, layers * 2 * heads * headSize]. They are those of
 * one row of these tokens at positions from 0, with nothing before them.
 *
 * @param model  before `addPrefix`
 * @param ids    one for each prefix token
 * @param run    opens a session, runs it, closes it
 * @throws RelizoError DATA as `addPrefix` does, and for inputs that a text model does not have
 */
export async function prefixActivations(
  model: OnnxModel,
  ids: readonly number[],
  run: RunModel,
  options: HeadCounts = {},
): Promise<Float32Array> {
  const where = "prefixActivations";
  const isId = (id: number): boolean => Number.isInteger(id) && id >= 0;
  need(ids.length > 0 && ids.every(isId), "OPTION", `${where}: ids must be token ids, at least one`, ids);
  const taps = tap(where, model, options);
  const names = taps.outputs.flat();
  const outputs = await run(taps.model, feedsOf(where, taps.model, ids), names);
  return arrange(taps, ids.length, outputs);
}

interface Taps {
  readonly model: OnnxModel;
  readonly shape: PrefixShape;
  /** For each layer the outputs of its keys and values, [1, heads, tokens, size] or [heads, tokens, size]. */
  readonly outputs: readonly (readonly [string, string])[];
  /** Heads in these outputs for one of the prefix. */
  readonly repeats: number;
}

function tap(where: string, model: OnnxModel, options: HeadCounts): Taps {
  const past = pastForm(where, indexOf(model));
  if (past) {
    const outputs = past.layers.map(
      (_, layer) => [`present.${layer}.key`, `present.${layer}.value`] as const,
    );
    const there = new Set(graphOf(model).output.map(({ name }) => name));
    const lacking = outputs.flat().find((name) => !there.has(name));
    if (lacking === undefined) return { model, shape: past.shape, outputs, repeats: 1 };
    throw new RelizoError("DATA", `${where}: the model takes a past, but has no output "${lacking}".`);
  }
  const copy = copyModel(model);
  const patch = new Patch(copy);
  const { shape, layers } = attentionForm(where, patch.index, statedHeads(options));
  const outputs = layers.map(
    (attention, layer) =>
      [
        put(patch, copy, keysOf(patch, attention, layer), `prefix.${layer}.key`),
        put(patch, copy, attention.mix.input[1] ?? "", `prefix.${layer}.value`),
      ] as const,
  );
  patch.done();
  return { model: copy, shape, outputs, repeats: layers[0]!.heads / shape.heads };
}

/** Keys as they would be kept: turned back, and without scales that came behind. */
function keysOf(patch: Patch, { product, keySteps, ranks }: Attention, layer: number): string {
  const [, turned = ""] = product.input;
  const perm = ranks.product === 3 ? [0, 2, 1] : [0, 1, 3, 2];
  const keys = patch.add("Transpose", [turned], `prefix/${layer}/key/kept`, { perm });
  return keySteps.reduceRight((value, { node, slot }) => {
    const scale = node.input[1 - slot] ?? "";
    return patch.add(node.opType === "Mul" ? "Div" : "Mul", [value, scale], `prefix/${layer}/key/unscaled`);
  }, keys);
}

function put(patch: Patch, model: OnnxModel, value: string, name: string): string {
  const output = patch.index.fresh(name);
  const to = TensorProto_DataType.FLOAT;
  if (typeOf(patch.index, value) === to) patch.make("Identity", [value], output);
  else patch.make("Cast", [value], output, { to });
  graphOf(model).output.push(outputInfo(output));
  return output;
}

/** An output of whatever shape it has. */
function outputInfo(name: string): ValueInfoProto {
  const info = valueInfo(name, []);
  const type = info.type?.value;
  if (type?.case === "tensorType") delete type.value.shape;
  return info;
}

function feedsOf(where: string, model: OnnxModel, ids: readonly number[]): Feeds {
  const trained = new Set(trainableInputs(model).map(({ name }) => name));
  const values: Readonly<Record<string, (i: number) => number>> = {
    input_ids: (i) => ids[i]!,
    attention_mask: () => 1,
    position_ids: (i) => i,
    token_type_ids: () => 0,
  };
  const feeds: Record<string, Value> = {};
  for (const input of graphOf(model).input) {
    const { name } = input;
    if (trained.has(name)) continue;
    const [, heads = 1, , size = 1] = statedShape(input) ?? [];
    const value = values[name];
    const type = statedType(input);
    if (value)
      feeds[name] = wholes(
        type,
        ids.map((_, i) => value(i)),
      );
    else if (name.startsWith("past_key_values."))
      feeds[name] = nothing(type, [1, Number(heads), 0, Number(size)]);
    else
      throw new RelizoError(
        "DATA",
        `${where}: the model takes "${name}" (${typeName(type)}), which no row of tokens tells; run the model yourself, and give addPrefix what its keys and values are.`,
      );
  }
  return feeds;
}

function wholes(type: TensorProto_DataType | undefined, values: readonly number[]): Value {
  const shape = [1, values.length];
  if (type === TensorProto_DataType.INT32) return { type: "int32", shape, data: Int32Array.from(values) };
  if (type === TensorProto_DataType.FLOAT) return { type: "float32", shape, data: Float32Array.from(values) };
  if (type === TensorProto_DataType.BOOL) return { type: "bool", shape, data: Uint8Array.from(values) };
  return { type: "int64", shape, data: BigInt64Array.from(values, BigInt) };
}

function nothing(type: TensorProto_DataType | undefined, shape: readonly number[]): Value {
  return type === TensorProto_DataType.FLOAT16
    ? { type: "float16", shape, data: new Uint16Array(0) }
    : { type: "float32", shape, data: new Float32Array(0) };
}

/** Puts what came out into rows of one token each. */
function arrange(
  { shape, outputs, repeats }: Taps,
  tokens: number,
  found: Readonly<Record<string, Value>>,
): Float32Array {
  const { heads, size } = shape;
  const width = widthOf(shape);
  const out = new Float32Array(tokens * width);
  outputs.flat().forEach((name, place) => {
    const data = floatsOf(found[name], name);
    for (let head = 0; head < heads; head++)
      for (let token = 0; token < tokens; token++) {
        const from = (head * repeats * tokens + token) * size;
        out.set(data.subarray(from, from + size), token * width + (place * heads + head) * size);
      }
  });
  return out;
}

function floatsOf(value: Value | undefined, name: string): Float32Array {
  if (value?.data instanceof Float32Array) return value.data;
  if (value?.type === "float16" && value.data instanceof Uint16Array) {
    const out = new Float32Array(value.data.length);
    widenF16(out, value.data);
    return out;
  }
  throw new RelizoError("DATA", `prefixActivations: run gave no floats for "${name}".`);
}
