/** Where training starts: small normal numbers and random whole ones, each from a seed and a counter. */
import { normalTable } from "../kernel/random/normal-table.ts";
import { eachWord, keyOf, uniforms } from "../sample/stream.ts";

/** Rows of a seed's random numbers, so that no two uses share theirs. */
const STEP = 2 ** 32 - 1;

/** Normal numbers of a standard deviation. */
export function normals(seed: number, row: number, length: number, deviation: number): Float32Array {
  const out = new Float32Array(length);
  const table = normalTable();
  eachWord(keyOf({ seed, step: STEP }, row), length, 2, (words, begin, count) => {
    for (let i = 0; i < count; i++)
      out[begin + i] = deviation * table[(words[i >> 1]! >>> (16 * (i & 1))) & 0xffff]!;
  });
  return out;
}

/** Whole numbers from 0 to below `below`. */
export function wholes(seed: number, row: number, length: number, below: number): number[] {
  return Array.from(uniforms({ seed, step: STEP }, row, length), (u) => Math.floor(u * below));
}
