/** Arrays that lie back to back in memory and in the directions are moved as one: fewer calls, and long stretches are written faster. */
import type { Part } from "./seeded-iterate.ts";

/** The same elements in the same order, in as few parts as can be. */
export function adjoining(parts: readonly Part[]): Part[] {
  const out: Part[] = [];
  for (const { array, begin } of parts) {
    const last = out.at(-1);
    const follows =
      last !== undefined &&
      last.array.buffer === array.buffer &&
      last.array.byteOffset + last.array.byteLength === array.byteOffset &&
      last.begin + last.array.length === begin;
    if (!follows) out.push({ array, begin });
    else
      out[out.length - 1] = {
        array: new Float32Array(array.buffer, last.array.byteOffset, last.array.length + array.length),
        begin: last.begin,
      };
  }
  return out;
}
