/** A model from its file. */
import { open, readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, relative, sep } from "node:path";
import { RelizoError } from "../../error.ts";
import { copyOf, type ExternalData, type OnnxModel, parseModel } from "../model.ts";
import { externalPlace } from "../tensor.ts";
import { allTensors, isOutside, mapTensors } from "../tensors.ts";
import { commonFolder, filesBeside, inside } from "./beside.ts";
import { sparseBytes } from "./sparse.ts";

/** Protocol buffers end here [bytes]. */
export const MOST: number = 2 ** 31 - 1;

/** In files from this size on, tensors from the second on stay where they are [bytes]. */
const LARGE_FILE = 2 ** 26;
const LARGE_TENSOR = 2 ** 20;

/**
 * Opens a model. Large numbers stay where they are, beside the model or in its own file, until they are asked for, and are then
 * read piece by piece: `expose` reads a model of any size straight into its parameters, and a runtime opens the files itself.
 * Leave them as they are while the model is in use: what was changed meanwhile is refused.
 *
 * @throws RelizoError DATA, by the file's name, for what is no ONNX model, and where numbers lie in a file that is missing, too
 *   short or outside of the model's folder
 */
export async function readModel(path: string): Promise<OnnxModel> {
  return readApart(path, LARGE_FILE, LARGE_TENSOR);
}

/** Likewise, with other sizes from which on a file is large, and a tensor in it. */
export async function readApart(path: string, file: number, tensor: number): Promise<OnnxModel> {
  const where = JSON.stringify(path);
  const size = await sizeOf(path, where);
  if (size > MOST)
    throw new RelizoError(
      "DATA",
      `${where} is not an ONNX model: it has ${size} bytes, the format ends at ${MOST}. Larger models keep their numbers in files beside them.`,
    );
  const sparse = size < file ? undefined : await withoutNumbers(path, size, tensor);
  const model = parseModel(sparse ?? (await readFile(path)), where);
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
  return followed(model, dirname(path), [...sizes.keys()], external, where);
}

/** The model's bytes without large tensors, which it then says lie in its own file; undefined where it is damaged. */
export async function withoutNumbers(
  path: string,
  size: number,
  large: number = LARGE_TENSOR,
): Promise<Uint8Array | undefined> {
  const file = await open(path);
  try {
    return await sparseBytes(file, size, basename(path), large);
  } finally {
    await file.close();
  }
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

/**
 * Caches keep links in the model's folder, to files elsewhere; a runtime that opens the files itself follows none out of the
 * folder that it is told. It is then told the folder of the files themselves.
 */
async function followed(
  model: OnnxModel,
  folder: string,
  locations: readonly string[],
  external: ExternalData,
  where: string,
): Promise<OnnxModel> {
  const home = await realpath(folder);
  const paths = await Promise.all(locations.map((one) => realpath(inside(folder, one, where))));
  if (paths.every((path) => path.startsWith(home.endsWith(sep) ? home : `${home}${sep}`)))
    return { ...model, external };
  const root = commonFolder(paths);
  const names = new Map(
    locations.map((one, i) => [one, relative(root, paths[i]!).split(sep).join("/")] as const),
  );
  const moved = mapTensors(model, (tensor) => {
    if (!isOutside(tensor)) return tensor;
    const externalData = tensor.externalData.map((entry) =>
      entry.key === "location" ? copyOf(entry, { value: names.get(entry.value) ?? entry.value }) : entry,
    );
    return copyOf(tensor, { externalData });
  });
  return { ...moved, external: filesBeside(root, where) };
}
