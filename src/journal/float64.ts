/** Values as bytes: every bit of every number, little-endian. */

/** Bytes of a value. */
export const FLOAT64 = 8;

/** Of NaN there is one kind, so that equal runs are equal bytes on every machine. */
export function toBytes(values: Float64Array): Uint8Array {
  const bytes = new Uint8Array(FLOAT64 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    if (Number.isNaN(value)) view.setUint32(FLOAT64 * i + 4, 0x7ff80000, true);
    else view.setFloat64(FLOAT64 * i, value, true);
  });
  return bytes;
}

export function fromBytes(bytes: Uint8Array): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float64Array.from({ length: bytes.length / FLOAT64 }, (_, i) => view.getFloat64(FLOAT64 * i, true));
}
