/** Numbers in a model: TensorProto to arrays and back. */
import { create } from "@bufbuild/protobuf";
import {
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
} from "onnx-buf";
import { RelizoError } from "../error.ts";
import { widenBF16, widenF16 } from "../parameters/half.ts";
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
  const type = tensor.dataType ?? TYPE.UNDEFINED;
  const width = BYTES.get(type);
  if (width === undefined)
    throw new RelizoError(
      "DATA",
      `"${tensor.name}" is ${typeName(type)}; floats are needed (float32, float16, bfloat16).`,
    );
  const count = countOf(tensor);
  const fields = tensor.floatData.length + tensor.int32Data.length + tensor.doubleData.length;
  if (
    tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL &&
    !tensor.rawData?.length &&
    fields === count
  )
    return fromFields(tensor, type);
  const bytes = await rawBytes(tensor, count * width, external);
  const out = new Float32Array(count);
  if (type === TYPE.FLOAT) new Uint8Array(out.buffer).set(bytes);
  else if (type === TYPE.DOUBLE) out.set(new Float64Array(bytes.slice().buffer));
  else {
    const widen = type === TYPE.FLOAT16 ? widenF16 : widenBF16;
    widen(out, new Uint16Array(bytes.slice().buffer));
  }
  return out;
}

/** The older form of a tensor: numbers in the message's own fields. */
function fromFields(tensor: TensorProto, type: number): Float32Array {
  if (type === TYPE.FLOAT) return Float32Array.from(tensor.floatData);
  if (type === TYPE.DOUBLE) return Float32Array.from(tensor.doubleData);
  const out = new Float32Array(tensor.int32Data.length);
  (type === TYPE.FLOAT16 ? widenF16 : widenBF16)(out, Uint16Array.from(tensor.int32Data));
  return out;
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
  const bytes =
    tensor.dataLocation === TensorProto_DataLocation.EXTERNAL
      ? await readExternal(tensor, length, external)
      : (tensor.rawData ?? new Uint8Array(0));
  if (bytes.length === length) return bytes;
  throw new RelizoError(
    "DATA",
    `"${tensor.name}" of shape [${shapeOf(tensor).join(", ")}] takes ${length} bytes, the model holds ${bytes.length}: it was cut short or changed; export it again.`,
  );
}

async function readExternal(
  tensor: TensorProto,
  needed: number,
  external: ExternalData | undefined,
): Promise<Uint8Array> {
  const { location, offset, length } = externalPlace(tensor);
  if (!external)
    throw new RelizoError(
      "DATA",
      `"${tensor.name}" lies beside the model, in "${location}"; open the model with readModel(path), or hand parseModel a reader of that file.`,
    );
  return await external.read(location, offset, length ?? needed);
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
