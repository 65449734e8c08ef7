/** Whether MessagePack's lists and maps have room for what they claim, so that a few forged bytes cannot have all memory set aside. */

/** What follows the first bytes 192 to 223: bytes that are a length or count, bytes beside, and what is counted. */
// biome-ignore format: a table
const AFTER: readonly (readonly [length: number, bytes: number, counted?: "bytes" | "list" | "map"] | undefined)[] = [
  [0, 0], undefined, [0, 0], [0, 0], // nil, nothing, false, true
  [1, 0, "bytes"], [2, 0, "bytes"], [4, 0, "bytes"], // bytes
  [1, 1, "bytes"], [2, 1, "bytes"], [4, 1, "bytes"], // extensions, with their type
  [0, 4], [0, 8], // float32, float64
  [0, 1], [0, 2], [0, 4], [0, 8], [0, 1], [0, 2], [0, 4], [0, 8], // integers
  [0, 2], [0, 3], [0, 5], [0, 9], [0, 17], // extensions of a fixed length
  [1, 0, "bytes"], [2, 0, "bytes"], [4, 0, "bytes"], // text
  [2, 0, "list"], [4, 0, "list"], [2, 0, "map"], [4, 0, "map"],
];

/** Throws unless the bytes are one value, and as long as its parts say. */
export function checkRoom(data: Uint8Array): void {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  for (let values = 1; values > 0; values--) {
    const first = view.getUint8(at++);
    if (first < 128 || first >= 224) continue;
    if (first < 160) values += (first < 144 ? 2 : 1) * (first & 15);
    else if (first < 192) at += first & 31;
    else {
      const [size, bytes, counted] = AFTER[first - 192] ?? refuse();
      const length =
        size === 0
          ? 0
          : size === 1
            ? view.getUint8(at)
            : size === 2
              ? view.getUint16(at)
              : view.getUint32(at);
      at += size + bytes;
      if (counted === "bytes") at += length;
      else values += counted === "map" ? 2 * length : length;
    }
    if (values - 1 > data.length - at) refuse();
  }
  if (at !== data.length) refuse();
}

function refuse(): never {
  throw new RangeError("the bytes are not one value, or claim more than there is");
}
