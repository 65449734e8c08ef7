/** Plain data in few bytes: MessagePack, with typed arrays as their bytes in little-endian order. */
import { decode, ExtensionCodec, encode } from "@msgpack/msgpack";
import { checkRoom } from "../../journal/room.ts";

const ARRAYS = [Float64Array, Float32Array, Int32Array, Uint32Array] as const;

const codec = new ExtensionCodec();
ARRAYS.forEach((Kind, type) => {
  codec.register({
    type,
    encode: (value: unknown) => (value instanceof Kind ? bytesOf(value) : null),
    decode: (bytes: Uint8Array) => {
      if (bytes.byteLength % Kind.BYTES_PER_ELEMENT !== 0) throw new RangeError("half a number");
      return new Kind(new Uint8Array(bytes).buffer); // its own memory: within the message it need not be aligned
    },
  });
});

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** As bytes. A number by itself may lose the sign of its zero: bits that matter go as a Float64Array. */
export function pack(value: unknown): Uint8Array<ArrayBuffer> {
  return encode(value, { extensionCodec: codec });
}

/** What was packed; throws for anything else. */
export function unpack(bytes: Uint8Array): unknown {
  checkRoom(bytes);
  return decode(bytes, { extensionCodec: codec });
}
