/** Protocol buffers by hand, for what is too large to be handled as a message: fields of the format, and how they are written. */

/** Fields of the format (onnx.proto) on the way to the numbers. */
export const GRAPH = 7; // of ModelProto
export const INITIALIZER = 5; // of GraphProto
export const RAW_DATA = 9; // of TensorProto
export const EXTERNAL_DATA = 13;
export const DATA_LOCATION = 14;
export const EXTERNAL = 1;

/** How a field's value is written. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

/** Pieces as one field of bytes. */
export function enclosed(number: number, pieces: readonly Uint8Array[]): Uint8Array[] {
  return [...opening(number, lengthOf(pieces)), ...pieces];
}

/** How a field of so many bytes begins. */
export function opening(number: number, length: number): Uint8Array[] {
  return [varint(8 * number + BYTES), varint(length)];
}

export function lengthOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}

export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.from([...bytes, rest]);
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
