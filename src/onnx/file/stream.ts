/** Numbers of a model on their way into a file, a piece at a time, wherever they lie. */
import type { FileHandle } from "node:fs/promises";
import type { TensorProto } from "onnx-buf";
import { RelizoError } from "../../error.ts";
import { copyOf, type OnnxModel } from "../model.ts";
import { externalPlace } from "../tensor.ts";
import { bytesOf, isOutside } from "../tensors.ts";

/** Bytes held at once. */
const STRETCH = 2 ** 24;

/** From this on a tensor is large: never held whole, and put where runtimes map it into memory [bytes]. */
export const LARGE: number = 2 ** 20;

/** Bytes of a tensor's raw data; 0 where its numbers are fields. */
export function rawLength(tensor: TensorProto): number {
  if (!isOutside(tensor)) return tensor.rawData.length;
  return externalPlace(tensor).length ?? bytesOf(tensor) ?? 0;
}

/** A tensor without its raw data, and without a word about where it lies. */
export function bare(tensor: TensorProto): TensorProto {
  const copy = copyOf(tensor, { externalData: [] });
  for (const field of ["rawData", "dataLocation"]) Reflect.deleteProperty(copy, field);
  return copy;
}

/** @throws RelizoError DATA where the file beside the model ends too early */
export async function writeTensor(
  file: FileHandle,
  tensor: TensorProto,
  position: number,
  model: OnnxModel,
): Promise<void> {
  if (!isOutside(tensor)) return writeAll(file, tensor.rawData, position);
  const { location, offset } = externalPlace(tensor);
  const length = rawLength(tensor);
  for (let done = 0; done < length; done += STRETCH) {
    const wanted = Math.min(STRETCH, length - done);
    const bytes = await model.external?.read(location, offset + done, wanted);
    if (bytes?.length !== wanted)
      throw new RelizoError(
        "DATA",
        `writeModel: "${tensor.name}" lies in ${JSON.stringify(location)}, which ended before its ${length} bytes did.`,
      );
    await writeAll(file, bytes, position + done);
  }
}

export async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const length = Math.min(STRETCH, bytes.length - done);
    done += (await file.write(bytes, done, length, position + done)).bytesWritten;
  }
}
