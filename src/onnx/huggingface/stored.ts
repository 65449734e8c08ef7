/** Tensors as they lie in safetensors files: named, typed and shaped, their bytes read when a graph takes them. */

import { create } from "@bufbuild/protobuf";
import type { TensorProto } from "onnx-buf";
import {
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
} from "onnx-buf";
import { type FloatType, HALVES, isHalf } from "../../parameters/half.ts";
import type { TensorFile } from "../../parameters/load.ts";

export interface StoredTensor<Type extends string = string> {
  readonly name: string;
  /** As safetensors spells it: "F16", "I64". */
  readonly type: Type;
  readonly shape: readonly number[];
  /** Its length [bytes]. */
  readonly length: number;
  /** Where its bytes lie: the file's name beside config.json, and the first of them. */
  readonly location: string;
  readonly offset: number;
  /** The bytes, little-endian, freshly read. */
  read(): Promise<Uint8Array<ArrayBuffer>>;
}

/** What a safetensors file holds, by the name that it has beside config.json; of the numbers nothing is read yet. */
export function storedTensors(location: string, { entries, opened }: TensorFile): StoredTensor[] {
  return entries.map(({ name, type, shape, begin, end }) => ({
    ...{ name, type, shape, location },
    length: end - begin,
    offset: begin,
    async read() {
      const bytes = new Uint8Array(end - begin);
      await opened.fill(bytes, begin);
      return bytes;
    },
  }));
}

/** The type of a stored tensor in ONNX. */
const ONNX_TYPE: Readonly<Record<FloatType, TensorProto_DataType>> = {
  F32: TensorProto_DataType.FLOAT,
  F16: TensorProto_DataType.FLOAT16,
  BF16: TensorProto_DataType.BFLOAT16,
};

/** An initializer that holds the numbers as they are stored, or as float32. */
export async function initializer(stored: StoredTensor<FloatType>, widen: boolean): Promise<TensorProto> {
  const { type } = stored;
  const raw = await stored.read();
  if (!widen || !isHalf(type)) return proto(stored, ONNX_TYPE[type], { rawData: raw });
  const out = new Float32Array(raw.length / 2);
  HALVES[type].widen(out, new Uint16Array(raw.buffer));
  return proto(stored, TensorProto_DataType.FLOAT, { rawData: new Uint8Array(out.buffer) });
}

/** An initializer whose numbers stay in the safetensors file. */
export function externalInitializer(stored: StoredTensor<FloatType>): TensorProto {
  const entries = { location: stored.location, offset: stored.offset, length: stored.length };
  return proto(stored, ONNX_TYPE[stored.type], {
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries(entries).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value: String(value) }),
    ),
  });
}

function proto(
  { name, shape }: StoredTensor,
  dataType: TensorProto_DataType,
  numbers: Partial<Pick<TensorProto, "rawData" | "dataLocation" | "externalData">>,
): TensorProto {
  return create(TensorProtoSchema, { name, dims: shape.map(BigInt), dataType, ...numbers });
}
