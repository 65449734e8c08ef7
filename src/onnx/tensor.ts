/** Numbers in a model: TensorProto to arrays and back. */
import { create } from "@bufbuild/protobuf";
import {
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
} from "onnx-buf";
import { RelizoError } from "../error.ts";
import { HALVES, widenBF16, widenF16 } from "../parameters/half.ts";
import type { ExternalData } from "./model.ts";

const TYPE = TensorProto_DataType;

/** The types of numbers that train: what is perturbed is float32, and what was half is rounded back in the end. */
const BYTES: ReadonlyMap<number, number> = new Map([
  [TYPE.FLOAT, 4],
  [TYPE.FLOAT16, 2],
  [TYPE.BFLOAT16, 2],
  [TYPE.DOUBLE, 8],
]);

export function shapeOf(tensor: TensorProto): number[] {
  return tensor.dims.map(Number);
}

/** Numbers in a tensor; one for a scalar. */
export function countOf(tensor: TensorProto): number {
  return shapeOf(tensor).reduce((product, n) => product * n, 1);
}

/** What a tensor's type is called: "float32", "int8". */
export function typeName(type: number | undefined): string {
  if (type === TYPE.FLOAT) return "float32";
  if (type === TYPE.DOUBLE) return "float64";
  return (TYPE[type ?? TYPE.UNDEFINED] ?? `type ${type}`).toLowerCase();
}

export function isFloat(tensor: TensorProto): boolean {
  return BYTES.has(tensor.dataType ?? TYPE.UNDEFINED);
}

/**
 * A float tensor's numbers as float32, a fresh array; float64 is rounded.
 *
 * @throws RelizoError DATA when it is no float tensor, or does not hold what its shape takes
 */
export async function readFloats(tensor: TensorProto, external?: ExternalData): Promise<Float32Array> {
  await needNumbers(tensor, external);
  const out = new Float32Array(countOf(tensor));
  await fillFloats(out, tensor, external);
  return out;
}

/**
 * Throws unless a float tensor has as many numbers as its shape takes: asked before room is made for them, since a damaged
 * shape may ask for any.
 *
 * @throws RelizoError DATA, with both counts
 */
export async function needNumbers(tensor: TensorProto, external?: ExternalData): Promise<void> {
  const length = countOf(tensor) * widthOf(tensor);
  if (!Number.isSafeInteger(length) || tensor.dims.some((n) => n < 0n))
    throw new RelizoError(
      "DATA",
      `"${tensor.name}" cannot have the shape [${shapeOf(tensor).join(", ")}]; the model is damaged.`,
    );
  if (tensor.dataLocation === TensorProto_DataLocation.EXTERNAL) await placeOf(tensor, length, external);
  else if (tensor.rawData.length !== length && fieldsOf(tensor) !== countOf(tensor))
    throw wrongLength(tensor, length, tensor.rawData.length);
}

/** Numbers in the older form, in the message's own fields. */
function fieldsOf({ floatData, int32Data, doubleData }: TensorProto): number {
  return floatData.length + int32Data.length + doubleData.length;
}

/** Numbers converted at once: what lies beside the model is never held whole. */
const STRETCH = 2 ** 24;

/**
 * out <- a float tensor's numbers, as `readFloats` gives them; those beside the model come piece by piece.
 *
 * @throws RelizoError DATA as `readFloats`
 */
export async function fillFloats(
  out: Float32Array,
  tensor: TensorProto,
  external?: ExternalData,
): Promise<void> {
  const type = tensor.dataType ?? TYPE.UNDEFINED;
  const width = widthOf(tensor);
  const outside = tensor.dataLocation === TensorProto_DataLocation.EXTERNAL;
  if (!outside && !tensor.rawData?.length && fieldsOf(tensor) === out.length)
    return fillFromFields(out, tensor, type);
  if (!outside) return convert(out, await rawBytes(tensor, out.length * width), type);
  const { location, offset } = await placeOf(tensor, out.length * width, external);
  for (let done = 0; done < out.length; done += STRETCH) {
    const part = out.subarray(done, done + STRETCH);
    const bytes = await readPiece(tensor, location, offset + done * width, part.length * width, external);
    convert(part, bytes, type);
  }
}

/** Bytes of a float; @throws RelizoError DATA for what is none */
function widthOf(tensor: TensorProto): number {
  const width = BYTES.get(tensor.dataType ?? TYPE.UNDEFINED);
  if (width !== undefined) return width;
  throw new RelizoError(
    "DATA",
    `"${tensor.name}" is ${typeName(tensor.dataType)}; floats are needed (float32, float16, bfloat16).`,
  );
}

/** Numbers are stored little-endian, and so they are in memory wherever JavaScript runs today. */
function convert(out: Float32Array, bytes: Uint8Array, type: number): void {
  if (type === TYPE.FLOAT) new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(bytes);
  else if (type === TYPE.DOUBLE) out.set(new Float64Array(Uint8Array.from(bytes).buffer));
  else (type === TYPE.FLOAT16 ? widenF16 : widenBF16)(out, new Uint16Array(Uint8Array.from(bytes).buffer));
}

/** The older form of a tensor: numbers in the message's own fields. */
function fillFromFields(out: Float32Array, tensor: TensorProto, type: number): void {
  if (type === TYPE.FLOAT) out.set(tensor.floatData);
  else if (type === TYPE.DOUBLE) out.set(tensor.doubleData);
  else (type === TYPE.FLOAT16 ? widenF16 : widenBF16)(out, Uint16Array.from(tensor.int32Data));
}

/**
 * The bytes of a tensor as they stand, wherever they lie: a view, or what was read.
 *
 * @throws RelizoError DATA when there are not as many as its shape takes
 */
export async function rawBytes(
  tensor: TensorProto,
  length: number,
  external?: ExternalData,
): Promise<Uint8Array> {
  if (tensor.dataLocation === TensorProto_DataLocation.EXTERNAL) {
    const { location, offset } = await placeOf(tensor, length, external);
    return await readPiece(tensor, location, offset, length, external);
  }
  const bytes = tensor.rawData ?? new Uint8Array(0);
  if (bytes.length !== length) throw wrongLength(tensor, length, bytes.length);
  return bytes;
}

function wrongLength(tensor: TensorProto, needed: number, held: number): RelizoError {
  return new RelizoError(
    "DATA",
    `"${tensor.name}" of shape [${shapeOf(tensor).join(", ")}] takes ${needed} bytes, the model holds ${held}: it was cut short or changed; export it again.`,
  );
}

/** Where a tensor lies outside of the model, once it is sure that as many bytes as it needs lie there. */
async function placeOf(
  tensor: TensorProto,
  needed: number,
  external: ExternalData | undefined,
): Promise<{ readonly location: string; readonly offset: number }> {
  const { location, offset, length } = externalPlace(tensor);
  const reader = readerOf(tensor, location, external);
  if (length !== undefined && length !== needed) throw wrongLength(tensor, needed, length);
  const held = (await reader.size(location)) - offset;
  if (!(offset >= 0 && held >= needed)) throw wrongLength(tensor, needed, Math.max(0, held));
  return { location, offset };
}

async function readPiece(
  tensor: TensorProto,
  location: string,
  offset: number,
  length: number,
  external: ExternalData | undefined,
): Promise<Uint8Array> {
  const bytes = await readerOf(tensor, location, external).read(location, offset, length);
  if (bytes.length !== length) throw wrongLength(tensor, length, bytes.length);
  return bytes;
}

function readerOf(tensor: TensorProto, location: string, external: ExternalData | undefined): ExternalData {
  if (external) return external;
  throw new RelizoError(
    "DATA",
    `"${tensor.name}" lies beside the model, in "${location}"; open the model with readModel(path), or hand parseModel a reader of that file.`,
  );
}

/** Where a tensor's bytes lie outside of the model; a length left out is what the shape takes. */
export function externalPlace(tensor: TensorProto): { location: string; offset: number; length?: number } {
  const entry = (key: string): string | undefined =>
    tensor.externalData.find((one) => one.key === key)?.value;
  const length = entry("length");
  return {
    location: entry("location") ?? "",
    offset: Number(entry("offset") ?? 0),
    ...(length !== undefined && { length: Number(length) }),
  };
}

/** A float32 tensor of a model; the numbers are viewed, not copied. */
export function floatTensor(name: string, shape: readonly number[], data: Float32Array): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: TYPE.FLOAT,
    rawData: new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength),
  });
}

/** Numbers with their shape. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * A tensor of a model in one of the types that train; a float32 one views the numbers.
 *
 * @throws RelizoError VALUE for a number that a type of 16 bits has no room for
 */
export function packFloats(name: string, { shape, data }: Numbers, type: number): TensorProto {
  if (type === TYPE.FLOAT) return floatTensor(name, shape, data);
  const rawData = new Uint8Array(packed(name, data, type));
  return create(TensorProtoSchema, { name, dims: shape.map(BigInt), dataType: type, rawData });
}

function packed(name: string, data: Float32Array, type: number): ArrayBuffer {
  if (type === TYPE.DOUBLE) return Float64Array.from(data).buffer;
  const { narrow, overflow } = HALVES[type === TYPE.FLOAT16 ? "F16" : "BF16"];
  const bad = data.findIndex((number) => Math.abs(number) >= overflow && Number.isFinite(number));
  if (bad >= 0)
    throw new RelizoError(
      "VALUE",
      `"${name}": number ${bad} is ${data[bad]}, too large for ${typeName(type)}, the type that the model has it in.`,
    );
  const out = new Uint16Array(data.length);
  narrow(out, data);
  return out.buffer;
}

/** An int64 tensor of a model; without a shape a vector. */
export function intTensor(
  name: string,
  values: readonly number[],
  shape: readonly number[] = [values.length],
): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: TYPE.INT64,
    rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
  });
}
