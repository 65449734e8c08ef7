/** Values as bytes: every bit of every number, little-endian as all engines have them. */

/** Bytes of a value. */
export const FLOAT64 = 8;

/** Of NaN there is one kind, so that equal runs are equal bytes on every machine. */
export function toBytes(values: Float64Array): Uint8Array {
  const bytes = new Uint8Array(FLOAT64 * values.length);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) bytes.set(NOT_A_NUMBER, FLOAT64 * i);
  return bytes;
}

const NOT_A_NUMBER: readonly number[] = [0, 0, 0, 0, 0, 0, 0xf8, 0x7f];

export function fromBytes(bytes: Uint8Array): Float64Array {
  return new Float64Array(new Uint8Array(bytes).buffer); // a copy, for they may lie at any byte
}
