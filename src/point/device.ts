/** Parameters in a device's memory, as the user holds them: buffers of float32, whole or in part. */
import { has, need } from "../option.ts";

/** A `GPUBuffer`, with usage STORAGE, COPY_SRC and COPY_DST. */
export interface DeviceBuffer {
  /** [bytes] */
  readonly size: number;
  readonly usage?: number;
  destroy(): void;
  mapAsync(mode: number): Promise<unknown>;
  getMappedRange(): ArrayBuffer;
  unmap(): void;
}

/** A stretch of a buffer. */
export interface DeviceTensor {
  readonly buffer: DeviceBuffer;
  /** Where it begins, a multiple of 4 [bytes]. Default 0. */
  readonly offset?: number;
  /** Numbers. Default: to the end of the buffer. */
  readonly length?: number;
  /** Of a tensor, row-major, for directions of low rank: as many numbers. Default: a vector. */
  readonly shape?: readonly number[] | undefined;
}

export type DeviceParameters = DeviceBuffer | DeviceTensor | readonly (DeviceBuffer | DeviceTensor)[];

/** A stretch, and which element of the flat vector is its first. */
export interface DevicePiece extends Stretch {
  readonly begin: number;
}

interface Stretch extends DeviceTensor {
  readonly offset: number;
  readonly length: number;
}

/**
 * @throws RelizoError OPTION for anything but buffers and stretches of them; SHAPE where one does not lie in its buffer or
 *   has another shape, two share memory, or there is no number
 */
export function packDevice(where: string, parameters: unknown): DevicePiece[] {
  const pieces: DevicePiece[] = [];
  let begin = 0;
  for (const given of [parameters].flat()) {
    const { buffer, offset, length, shape } = stretch(where, given);
    const end = offset + 4 * length;
    const shared = pieces.some(
      (p) => p.buffer === buffer && p.offset < end && offset < p.offset + 4 * p.length,
    );
    need(!shared, "SHAPE", `${where}: parameters must not share memory`, given);
    pieces.push({ buffer, offset, length, shape, begin });
    begin += length;
  }
  need(begin > 0, "SHAPE", `${where}: parameters must hold at least one number`, parameters);
  return pieces;
}

function stretch(where: string, given: unknown): Stretch {
  const whole = isBuffer(given);
  const buffer = whole ? given : has(given, "buffer") && given.buffer;
  need(
    isBuffer(buffer),
    "OPTION",
    `${where}: parameters must be GPU buffers or { buffer, offset, length }, alone or in a list`,
    given,
  );
  const {
    offset = 0,
    length = Math.floor((buffer.size - Number(offset)) / 4),
    shape,
  }: Record<string, unknown> = whole ? {} : Object(given);
  const { usage = USAGES }: { readonly usage?: number } = buffer;
  need(
    (usage & USAGES) === USAGES,
    "OPTION",
    `${where}: a buffer needs the usages STORAGE, COPY_SRC and COPY_DST`,
    `usage ${usage}`,
  );
  need(
    isCount(offset) &&
      isCount(length) &&
      offset % 4 === 0 &&
      length > 0 &&
      offset + 4 * length <= buffer.size,
    "SHAPE",
    `${where}: a tensor must lie in its buffer of ${buffer.size} bytes, at a multiple of 4`,
    `offset ${offset}, length ${length}`,
  );
  need(
    shape === undefined || (isShape(shape) && shape.reduce((size, extent) => size * extent, 1) === length),
    "SHAPE",
    `${where}: a tensor of ${length} numbers needs a shape of as many, row-major`,
    shape,
  );
  return { buffer, offset, length, shape };
}

/** COPY_SRC, COPY_DST and STORAGE, as WebGPU numbers them. */
const USAGES = 0x4 | 0x8 | 0x80;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isShape = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every(isCount);
const isBuffer = (value: unknown): value is DeviceBuffer => has(value, "size", "destroy", "mapAsync");
