/** A model into its file, and its numbers beside it where there are too many. */
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { StringStringEntryProtoSchema, type TensorProto, TensorProto_DataLocation } from "onnx-buf";
import { RelizoError } from "../../error.ts";
import { flag, type Rules, readOptions } from "../../option.ts";
import { copyOf, encodeModel, type OnnxModel, parseModel } from "../model.ts";
import { externalPlace } from "../tensor.ts";
import { allTensors, isOutside, mapTensors } from "../tensors.ts";
import { writeInside } from "./inside.ts";
import { MOST, withoutNumbers } from "./read.ts";
import { bare, LARGE, rawLength, writeTensor } from "./stream.ts";

export interface WriteModelOptions {
  /**
   * Whether large tensors go into a file beside the model, `<name>_data`, as other exporters have it. Default: only where the
   * model would else not fit into the 2 GiB that the format allows.
   */
  readonly external: boolean;
}

const rules: Rules<WriteModelOptions> = { external: flag(false) };

/** Tensors below this stay in the model: shapes and scales, which runtimes want to see at once [bytes]. */
const SMALL = 256;
/** Runtimes map a large tensor into memory where it begins at a multiple of this, as `onnx` has it; small ones lie closer [bytes]. */
const PAGE = 2 ** 16;
const CLOSE = 64;

/**
 * Writes a model. It is there whole or not at all: what was there before stays until all is on the disk. Numbers that lie
 * beside the model that is written are copied piece by piece. Files of numbers that only the model before had, `<name>_data`,
 * are removed in the end: open that model again if it is still in use.
 *
 * @throws RelizoError OPTION where it must not be external and does not fit; whatever writing throws
 */
export async function writeModel(
  model: OnnxModel,
  path: string,
  options: Partial<WriteModelOptions> = {},
): Promise<void> {
  const read = readOptions("writeModel", options, rules);
  const size = sizeInside(model);
  const external = options.external === undefined ? size > MOST : read.external;
  if (!external && size > MOST)
    throw new RelizoError(
      "OPTION",
      `writeModel: the model has ${size} bytes, one file of the format ${MOST} at most; leave external out, or set it to true.`,
    );
  const [folder, fresh] = [dirname(path), `${path}.new-${process.pid}`];
  const before = await dataFilesOf(path);
  const data = external ? await freeName(path) : undefined;
  try {
    const apart = data === undefined ? new Map() : await writeBeside(model, join(folder, data), data);
    await written(fresh, "w", (file) => writeInside(file, model, apart));
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    if (data !== undefined) await rm(join(folder, data), { force: true });
    throw error;
  }
  for (const old of before) if (old !== data) await rm(join(folder, old), { force: true });
}

/** A file that is on the disk once `work` has written it. */
async function written(
  path: string,
  flags: string,
  work: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags);
  try {
    await work(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Bytes of the model with all numbers in it, to a few a tensor. */
function sizeInside(model: OnnxModel): number {
  const tensors = new Set(allTensors(model));
  let size = encodeModel(mapTensors(model, bare)).length;
  for (const tensor of tensors) size += rawLength(tensor) + 16;
  return size;
}

/** Writes all but small tensors one behind the other; returns what is said of each in the model. */
async function writeBeside(
  model: OnnxModel,
  path: string,
  location: string,
): Promise<Map<TensorProto, TensorProto>> {
  const apart = new Map<TensorProto, TensorProto>();
  await written(path, "wx", async (file) => {
    let end = 0;
    for (const tensor of new Set(allTensors(model))) {
      const length = rawLength(tensor);
      if (length < SMALL) continue;
      const step = length >= LARGE ? PAGE : CLOSE;
      const offset = Math.ceil(end / step) * step;
      await writeTensor(file, tensor, offset, model);
      end = offset + length;
      const entries = Object.entries({ location, offset: String(offset), length: String(length) });
      const externalData = entries.map(([key, value]) =>
        create(StringStringEntryProtoSchema, { key, value }),
      );
      apart.set(
        tensor,
        copyOf(bare(tensor), { externalData, dataLocation: TensorProto_DataLocation.EXTERNAL }),
      );
    }
  });
  return apart;
}

/** Files of numbers that the model in this place has, and that are called after it: none but its own. */
async function dataFilesOf(path: string): Promise<string[]> {
  try {
    const bytes = await withoutNumbers(path, (await stat(path)).size);
    if (!bytes) return [];
    const old = allTensors(parseModel(bytes)).filter(isOutside);
    const names = new Set(old.map((tensor) => externalPlace(tensor).location));
    return [...names].filter((name) => isOwn(path, name));
  } catch {
    return []; // nothing there, or no model
  }
}

function isOwn(path: string, name: string): boolean {
  const own = `${basename(path)}_data`;
  return name === own || (name.startsWith(`${own}_`) && /^\d+$/.test(name.slice(own.length + 1)));
}

/** A name that no file has: the model that is there goes on reading its own until the new one takes its place. */
async function freeName(path: string): Promise<string> {
  for (let i = 0; ; i++) {
    const name = `${basename(path)}_data${i === 0 ? "" : `_${i}`}`;
    if (!(await stat(join(dirname(path), name)).catch(() => undefined))) return name;
  }
}
