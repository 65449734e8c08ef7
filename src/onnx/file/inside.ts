/** A model in one file, its numbers in it. */
import type { FileHandle } from "node:fs/promises";
import { toBinary } from "@bufbuild/protobuf";
import { GraphProtoSchema, ModelProtoSchema, type TensorProto, TensorProtoSchema } from "onnx-buf";
import { copyOf, encodeModel, graphOf, type OnnxModel } from "../model.ts";
import { rawBytes } from "../tensor.ts";
import { allTensors, isOutside, mapTensors } from "../tensors.ts";
import { bare, LARGE, rawLength, writeAll, writeTensor } from "./stream.ts";
import { GRAPH, INITIALIZER, lengthOf, opening, RAW_DATA } from "./wire.ts";

/**
 * Writes a model. Of large initializers no more than a piece is held: the graph is then written field by field.
 *
 * @param apart  what is written in a tensor's place: those that are said to lie in another file
 */
export async function writeInside(
  file: FileHandle,
  model: OnnxModel,
  apart: ReadonlyMap<TensorProto, TensorProto>,
): Promise<void> {
  const large = new Set(
    graphOf(model).initializer.filter((tensor) => !apart.has(tensor) && rawLength(tensor) >= LARGE),
  );
  const others = new Map(apart);
  for (const tensor of allTensors(model))
    if (isOutside(tensor) && !apart.has(tensor) && !large.has(tensor))
      others.set(tensor, await brought(tensor, model));
  const whole = mapTensors(model, (tensor) => others.get(tensor) ?? tensor);
  if (large.size === 0) return writeAll(file, encodeModel(whole), 0);
  await writeFields(file, whole, large);
}

async function brought(tensor: TensorProto, model: OnnxModel): Promise<TensorProto> {
  const rawData = new Uint8Array(await rawBytes(tensor, rawLength(tensor), model.external));
  return copyOf(bare(tensor), { rawData });
}

/** What stands in the file before a tensor's numbers, or for all of it. */
interface Piece {
  readonly bytes: readonly Uint8Array[];
  readonly numbers?: TensorProto;
}

async function writeFields(
  file: FileHandle,
  model: OnnxModel,
  large: ReadonlySet<TensorProto>,
): Promise<void> {
  const graph = graphOf(model);
  const outer = copyOf(model.proto);
  Reflect.deleteProperty(outer, "graph");
  const inner: Piece[] = [
    { bytes: [toBinary(GraphProtoSchema, copyOf(graph, { initializer: [] }))] },
    ...graph.initializer.map((tensor) => pieceOf(tensor, large.has(tensor))),
  ];
  const length = inner.reduce(
    (sum, { bytes, numbers }) => sum + lengthOf(bytes) + (numbers ? rawLength(numbers) : 0),
    0,
  );
  let at = 0;
  for (const { bytes, numbers } of [
    { bytes: [toBinary(ModelProtoSchema, outer), ...opening(GRAPH, length)] },
    ...inner,
  ] as readonly Piece[]) {
    for (const one of bytes) {
      await writeAll(file, one, at);
      at += one.length;
    }
    if (!numbers) continue;
    await writeTensor(file, numbers, at, model);
    at += rawLength(numbers);
  }
}

function pieceOf(tensor: TensorProto, isLarge: boolean): Piece {
  if (!isLarge) {
    const bytes = toBinary(TensorProtoSchema, tensor);
    return { bytes: [...opening(INITIALIZER, bytes.length), bytes] };
  }
  const rest = [toBinary(TensorProtoSchema, bare(tensor)), ...opening(RAW_DATA, rawLength(tensor))];
  return { bytes: [...opening(INITIALIZER, lengthOf(rest) + rawLength(tensor)), ...rest], numbers: tensor };
}
