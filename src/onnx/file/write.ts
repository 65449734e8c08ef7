/** A model into its file, and its numbers beside it where there are too many. */

import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { StringStringEntryProtoSchema, type TensorProto, TensorProto_DataLocation } from "onnx-buf";
import { RelizoError } from "../../error.ts";
import { flag, type Rules, readOptions } from "../../option.ts";
import { copyOf, encodeModel, type OnnxModel, parseModel } from "../model.ts";
import { externalPlace, rawBytes } from "../tensor.ts";
import { allTensors, bytesOf, isOutside, mapTensors } from "../tensors.ts";
import { MOST, withoutNumbers } from "./read.ts";

export interface WriteModelOptions {
  /**
   * Whether large tensors go into a file beside the model, `<name>_data`, as other exporters have it. Default: only where the model would else not
   * fit into the 2 GiB that the format allows.
   */
  readonly external: boolean;
}

const rules: Rules<WriteModelOptions> = { external: flag(false) };

/** Tensors below this stay in the model: shapes and scales, which runtimes want to see at once [bytes]. */
const SMALL = 256;
/** Bytes held at once. */
const STRETCH = 2 ** 24;
/** Runtimes map a large tensor into memory where it begins at a multiple of this, as `onnx` has it; small ones lie closer [bytes]. */
const PAGE = 2 ** 16;
const LARGE = 2 ** 20;
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
  const apart = new Map<TensorProto, TensorProto>();
  const size = sizeInside(model);
  const external = options.external === undefined ? size > MOST : read.external;
  if (!external && size > MOST)
    throw new RelizoError(
      "OPTION",
      `writeModel: the model has ${size} bytes, one file of the format ${MOST} at most; leave external out, or set it to true.`,
    );
  const fresh = `${path}.new-${process.pid}`;
  const before = await dataFilesOf(path);
  const data = external ? await freeName(path) : undefined;
  try {
    if (data !== undefined) await writeNumbers(model, join(dirname(path), data), data, apart);
    for (const tensor of allTensors(model))
      if (isOutside(tensor) && !apart.has(tensor)) apart.set(tensor, await brought(tensor, model));
    const whole = mapTensors(model, (tensor) => apart.get(tensor) ?? tensor);
    const file = await open(fresh, "w");
    try {
      await writeAll(file, encodeModel(whole), 0);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    if (data !== undefined) await rm(join(dirname(path), data), { force: true });
    throw error;
  }
  for (const old of before) if (old !== data) await rm(join(dirname(path), old), { force: true });
}

/** Bytes of the model with all numbers in it, to a few a tensor. */
function sizeInside(model: OnnxModel): number {
  const tensors = new Set(allTensors(model));
  const bare = mapTensors(model, (tensor) => withRaw(tensor, new Uint8Array(0)));
  let size = encodeModel(bare).length;
  for (const tensor of tensors) size += (isOutside(tensor) ? bytesOf(tensor) : tensor.rawData.length) ?? 0;
  return size + 16 * tensors.size;
}

/** A copy with these bytes in it. */
function withRaw(tensor: TensorProto, rawData: Uint8Array<ArrayBuffer>): TensorProto {
  if (!isOutside(tensor) && tensor.rawData.length === 0) return tensor;
  return copyOf(tensor, { rawData, externalData: [], dataLocation: TensorProto_DataLocation.DEFAULT });
}

/** A tensor from beside the model, brought into it. */
async function brought(tensor: TensorProto, model: OnnxModel): Promise<TensorProto> {
  return withRaw(tensor, new Uint8Array(await rawBytes(tensor, lengthOf(tensor), model.external)));
}

function lengthOf(tensor: TensorProto): number {
  return externalPlace(tensor).length ?? bytesOf(tensor) ?? 0;
}

/** Writes all large tensors one behind the other, and notes for each what stands for it in the model. */
async function writeNumbers(
  model: OnnxModel,
  path: string,
  location: string,
  apart: Map<TensorProto, TensorProto>,
): Promise<void> {
  const file = await open(path, "wx");
  try {
    let end = 0;
    for (const tensor of new Set(allTensors(model))) {
      const length = isOutside(tensor) ? lengthOf(tensor) : tensor.rawData.length;
      if (length < SMALL) continue;
      const step = length >= LARGE ? PAGE : CLOSE;
      const offset = Math.ceil(end / step) * step;
      await writeTensor(file, tensor, length, offset, model);
      end = offset + length;
      const entries = Object.entries({ location, offset: String(offset), length: String(length) });
      const externalData = entries.map(([key, value]) =>
        create(StringStringEntryProtoSchema, { key, value }),
      );
      const outside = copyOf(tensor, { externalData, dataLocation: TensorProto_DataLocation.EXTERNAL });
      Reflect.deleteProperty(outside, "rawData");
      apart.set(tensor, outside);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeTensor(
  file: FileHandle,
  tensor: TensorProto,
  length: number,
  offset: number,
  model: OnnxModel,
): Promise<void> {
  if (!isOutside(tensor)) return writeAll(file, tensor.rawData, offset);
  const place = externalPlace(tensor);
  for (let done = 0; done < length; done += STRETCH) {
    const wanted = Math.min(STRETCH, length - done);
    const bytes = await model.external?.read(place.location, place.offset + done, wanted);
    if (bytes?.length !== wanted)
      throw new RelizoError(
        "DATA",
        `writeModel: "${tensor.name}" lies in ${JSON.stringify(place.location)}, which ended before its ${length} bytes did.`,
      );
    await writeAll(file, bytes, offset + done);
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const length = Math.min(STRETCH, bytes.length - done);
    done += (await file.write(bytes, done, length, position + done)).bytesWritten;
  }
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
