/** Long vectors of float32 in buffers of a device, and how those of one operation are cut into pieces that fit a dispatch. */
import { RelizoError } from "../../error.ts";
import type { GpuBuffer } from "./gpu.ts";

/** Elements [begin, begin + length) of a vector: those of a direction that belong to them have the same numbers. */
export interface DevicePart {
  /** With usage STORAGE, COPY_SRC and COPY_DST. */
  readonly buffer: GpuBuffer;
  /** Where the first one lies, a multiple of 4 [bytes]. */
  readonly offset: number;
  readonly length: number;
  readonly begin: number;
}

/** Parts with no element in common, in any order. */
export type DeviceVector = readonly DevicePart[];

/** A run of elements that lies in one buffer in every vector. */
export interface Piece {
  readonly begin: number;
  readonly length: number;
  /** Where it lies in each vector. */
  readonly places: readonly Place[];
}

export interface Place {
  readonly buffer: GpuBuffer;
  /** [bytes] */
  readonly offset: number;
}

/**
 * All elements of the first vector, in ascending order, with the same elements of the others.
 *
 * @param most  elements of a piece
 * @throws RelizoError SHAPE where one of the others lacks an element, or a part does not lie in its buffer
 */
export function pieces(where: string, vectors: readonly DeviceVector[], most: number = Infinity): Piece[] {
  const sorted = vectors.map((parts) => {
    checkParts(where, parts);
    return parts.toSorted((a, b) => a.begin - b.begin);
  });
  const at = sorted.map(() => 0);
  return (sorted[0] ?? []).flatMap((first) => {
    const found: Piece[] = [];
    for (let begin = first.begin, end = begin + first.length; begin < end; ) {
      const parts = sorted.map((list, k) => {
        while (endOf(list[at[k]!]) <= begin) at[k]!++;
        const part = list[at[k]!];
        if (part && part.begin <= begin) return part;
        throw new RelizoError(
          "SHAPE",
          `${where}: vector ${k + 1} of ${sorted.length} lacks element ${begin}.`,
        );
      });
      const length = Math.min(most, ...parts.map((part) => endOf(part) - begin));
      const places = parts.map((part) => ({
        buffer: part.buffer,
        offset: part.offset + 4 * (begin - part.begin),
      }));
      found.push({ begin, length, places });
      begin += length;
    }
    return found;
  });
}

/** Past every element where there is no part. */
const endOf = (part: DevicePart | undefined): number => (part ? part.begin + part.length : Infinity);

/** @throws RelizoError SHAPE where a part does not lie in its buffer */
export function checkParts(where: string, v: DeviceVector): void {
  for (const { buffer, offset, length, begin } of v) {
    const whole = [offset, length, begin].every((value) => Number.isSafeInteger(value) && value >= 0);
    if (!whole || offset % 4 !== 0 || offset + 4 * length > buffer.size)
      throw new RelizoError(
        "SHAPE",
        `${where}: a part of ${length} elements from element ${begin} on cannot lie ${offset} bytes into a buffer of ${buffer.size}; offsets are multiples of 4.`,
      );
  }
}

/** A stretch of a buffer as a shader sees it. */
export interface Range extends Place {
  /** [bytes] */
  readonly size: number;
}

/** What a shader is given for several places at once. */
export interface Bound {
  readonly ranges: readonly Range[];
  /** For each place, which range it lies in. */
  readonly slots: readonly number[];
  /** For each place, which element of that range is its first. */
  readonly firsts: readonly number[];
}

/**
 * Ranges that hold these places, each beginning at a multiple of `alignment`: those of one buffer that would overlap are one,
 * since a shader that writes must not see an element twice.
 *
 * @throws RelizoError SHAPE where a place shares some elements with the first, which is written, and not all of them
 */
export function bind(where: string, places: readonly Place[], length: number, alignment: number): Bound {
  const [out] = places;
  const ranges: { buffer: GpuBuffer; offset: number; size: number }[] = [];
  const slots: number[] = [];
  const order = places.map((_, k) => k).sort((a, b) => places[a]!.offset - places[b]!.offset);
  for (const k of order) {
    const { buffer, offset } = places[k]!;
    const distance = Math.abs(offset - out!.offset);
    if (buffer === out!.buffer && distance > 0 && distance < 4 * length)
      throw new RelizoError(
        "SHAPE",
        `${where}: what is written and what is read overlap, ${distance} bytes apart.`,
      );
    const start = offset - (offset % alignment);
    let slot = ranges.findLastIndex((range) => range.buffer === buffer && range.offset + range.size > start);
    if (slot < 0) slot = ranges.push({ buffer, offset: start, size: 0 }) - 1;
    const range = ranges[slot]!;
    range.size = Math.max(range.size, offset + 4 * length - range.offset);
    slots[k] = slot;
  }
  return { ranges, slots, firsts: places.map(({ offset }, k) => (offset - ranges[slots[k]!]!.offset) / 4) };
}
