/** A model from its file. */
import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { RelizoError } from "../../error.ts";
import { type OnnxModel, parseModel } from "../model.ts";
import { externalPlace } from "../tensor.ts";
import { allTensors, isOutside } from "../tensors.ts";
import { filesBeside } from "./beside.ts";

/** Protocol buffers end here [bytes]. */
export const MOST: number = 2 ** 31 - 1;

/**
 * Opens a model. Numbers that lie beside it stay there until they are asked for, and are then read piece by piece: `expose`
 * reads a model of any size straight into its parameters. Leave those files as they are while the model is in use.
 *
 * @throws RelizoError DATA, by the file's name, for what is no ONNX model, and where numbers lie in a file that is missing, too
 *   short or outside of the model's folder
 */
export async function readModel(path: string): Promise<OnnxModel> {
  const where = JSON.stringify(path);
  const size = await sizeOf(path, where);
  if (size > MOST)
    throw new RelizoError(
      "DATA",
      `${where} is not an ONNX model: it has ${size} bytes, the format ends at ${MOST}. Larger models keep their numbers in files beside them.`,
    );
  const model = parseModel(await readFile(path), where);
  const outside = allTensors(model).filter(isOutside);
  if (outside.length === 0) return model;
  const external = filesBeside(dirname(path), where);
  const sizes = new Map<string, number>();
  for (const tensor of outside) {
    const { location, offset, length = 0 } = externalPlace(tensor);
    const held = sizes.get(location) ?? (await external.size(location));
    sizes.set(location, held);
    if (!(offset >= 0 && length >= 0 && offset + length <= held))
      throw new RelizoError(
        "DATA",
        `${where}: "${tensor.name}" should lie at bytes ${offset} to ${offset + length} of ${JSON.stringify(location)}, which has ${held}: it was cut short, or belongs to another model.`,
      );
  }
  return { ...model, external };
}

async function sizeOf(path: string, where: string): Promise<number> {
  const about = await stat(path).catch((cause: unknown) => {
    throw new RelizoError("DATA", `${where}: there is no such file.`, { cause });
  });
  if (about.isFile()) return about.size;
  throw new RelizoError(
    "DATA",
    `${where} is not an ONNX model but a folder or a device; name the .onnx file in it.`,
  );
}
