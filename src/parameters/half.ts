/** Sixteen-bit floats. They are handled as bits, so that what goes there and back is the same bit for bit, NaN included. */

/** out <- numbers; every one is a float32 number, so nothing is lost. */
export type Widen = (out: Float32Array, numbers: Uint16Array) => void;

/** out <- numbers, rounded to the nearest, to the even one of two as near; what is too large becomes infinite. */
export type Narrow = (out: Uint16Array, numbers: Float32Array) => void;

/** The types that become float32 without loss. */
export type FloatType = "F32" | "F16" | "BF16";

export type HalfType = Exclude<FloatType, "F32">;

export function isHalf(type: string): type is HalfType {
  return type === "F16" || type === "BF16";
}

/** IEEE 754 binary16: 5 bits of exponent, 10 of fraction. */
export const widenF16: Widen = (out, numbers) => {
  const bits = bitsOf(out);
  for (let i = 0; i < numbers.length; i++) {
    const half = numbers[i]!;
    const sign = (half & 0x8000) << 16;
    const exponent = (half >>> 10) & 31;
    const fraction = half & 0x3ff;
    if (exponent === 31) bits[i] = sign | 0x7f800000 | (fraction << 13);
    else if (exponent > 0) bits[i] = sign | ((exponent + 112) << 23) | (fraction << 13);
    else if (fraction === 0) bits[i] = sign;
    else {
      const shift = Math.clz32(fraction) - 21; // until the leading bit is the one that is not written
      bits[i] = sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
    }
  }
};

export const narrowF16: Narrow = (out, numbers) => {
  const bits = bitsOf(numbers);
  for (let i = 0; i < numbers.length; i++) {
    const sign = (bits[i]! >>> 16) & 0x8000;
    out[i] = sign | magnitudeF16(bits[i]! & 0x7fffffff, Math.abs(numbers[i]!));
  }
};

/** The 15 bits of a number without its sign, from its own 31 and its value. */
function magnitudeF16(size: number, value: number): number {
  if (size > 0x7f800000) return 0x7c00 | ((size >>> 13) & 0x3ff || 0x200); // a NaN keeps what fits of it, and is one
  if (value >= 65_520) return 0x7c00; // halfway from the largest to 2^16
  if (value >= 2 ** -14) return ((size + 0xfff + ((size >>> 13) & 1)) >>> 13) - (112 << 10);
  return value * 2 ** 24 + 2 ** 52 - 2 ** 52; // the sum has no room for a fraction
}

/** The upper half of a float32: 8 bits of exponent, 7 of fraction. */
export const widenBF16: Widen = (out, numbers) => {
  const bits = bitsOf(out);
  for (let i = 0; i < numbers.length; i++) bits[i] = numbers[i]! << 16;
};

export const narrowBF16: Narrow = (out, numbers) => {
  const bits = bitsOf(numbers);
  for (let i = 0; i < numbers.length; i++) {
    const word = bits[i]!;
    const notNumber = (word & 0x7fffffff) > 0x7f800000;
    if (notNumber) out[i] = (word >>> 16) & 0x7f ? word >>> 16 : (word >>> 16) | 0x40;
    else out[i] = (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
};

export interface Half {
  readonly widen: Widen;
  readonly narrow: Narrow;
  /** The least size that rounds to infinity. */
  readonly overflow: number;
}

export const HALVES: Readonly<Record<HalfType, Half>> = {
  F16: { widen: widenF16, narrow: narrowF16, overflow: 65_520 },
  BF16: { widen: widenBF16, narrow: narrowBF16, overflow: 2 ** 128 - 2 ** 119 },
};

/** Numbers converted at once. */
export const STRETCH: number = 2 ** 20;

function bitsOf(numbers: Float32Array): Uint32Array {
  return new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);
}
