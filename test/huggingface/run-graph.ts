/** Runs language models in ONNX Runtime, fed as their graphs ask: rows of whole numbers, and an empty past where none is given. */
import * as ort from "onnxruntime-node";
import { encodeModel, type OnnxModel } from "../../src/onnx/model.ts";
import { statedShape } from "../../src/onnx/node.ts";

export interface Numbers {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

export type Rows = readonly (readonly number[])[];

/** @param inputs  whole numbers [batch, tokens], or float32 tensors; `past_key_values` that are left out are empty */
export type Run = (
  inputs: Readonly<Record<string, Rows | Numbers>>,
) => Promise<Readonly<Record<string, Numbers>>>;

export async function open(model: OnnxModel): Promise<Run> {
  const folder = model.external?.folder;
  const place =
    folder === undefined ? {} : { session: { model_external_initializers_file_folder_path: folder } };
  const session = await ort.InferenceSession.create(encodeModel(model), {
    logSeverityLevel: 4,
    intraOpNumThreads: 1,
    extra: place,
  });
  const shapes = (model.proto.graph?.input ?? []).map((input) => [input.name, statedShape(input)] as const);
  return async (inputs) => {
    const batch = Object.values(inputs).map((one) => ("dims" in one ? one.dims[0] : one.length))[0] ?? 1;
    const empty = shapes.flatMap(([name, shape]) => {
      if (!name.startsWith("past_key_values") || name in inputs) return [];
      const [, heads, , size] = shape ?? [];
      return [
        [name, new ort.Tensor("float32", new Float32Array(0), [batch, Number(heads), 0, Number(size)])],
      ];
    });
    const given = Object.entries(inputs).map(([name, value]) => [name, tensor(value)]);
    const out = await session.run(Object.fromEntries([...empty, ...given]));
    return Object.fromEntries(
      Object.entries(out).map(([name, { dims, data }]) => {
        if (!(data instanceof Float32Array)) throw new Error(`${name} is no float32`);
        return [name, { dims, data }];
      }),
    );
  };
}

function tensor(value: Rows | Numbers): ort.Tensor {
  if ("dims" in value) return new ort.Tensor("float32", value.data, value.dims);
  return new ort.Tensor("int64", BigInt64Array.from(value.flat(), BigInt), [
    value.length,
    value[0]?.length ?? 0,
  ]);
}

/** The numbers of one row: along the last axis, at these places of the others. */
export function rowAt({ dims, data }: Numbers, at: readonly number[]): Float32Array {
  const width = dims.at(-1) ?? 0;
  const row = at.reduce((index, place, axis) => index * (dims[axis] ?? 1) + place, 0);
  return data.subarray(row * width, (row + 1) * width);
}
