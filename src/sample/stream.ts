/** A random stream is named, not stored: seed and step say which numbers a row holds, whoever asks, and when. */

import { fillWords, type Words } from "../kernel/random/threefry.ts";
import { need, type Rule, whole } from "../option.ts";

export interface Stream {
  /** A whole number from 0 to 2^53 - 1. */
  readonly seed: number;
  /** Which turn of the method asks: 0 to 2^32 - 1. */
  readonly step: number;
}

export const seedRule: Rule<number> = whole(0, 0, Number.MAX_SAFE_INTEGER);

/** The generator's key for one row of a stream. */
export function keyOf({ seed, step }: Stream, row: number): Words {
  need(seedRule.accepts(seed), "OPTION", `seed must be ${seedRule.range}`, seed);
  return [seed >>> 0, Math.floor(seed / 2 ** 32), step >>> 0, row >>> 0];
}

const BUFFER = 1024;
const buffer = new Int32Array(BUFFER);

/** Calls `use(words, begin, count)` with fresh random words, `perWord` values to a word, until `length` values are served. */
export function eachWord(
  key: Words,
  length: number,
  perWord: number,
  use: (words: Int32Array, begin: number, count: number) => void,
): void {
  for (let begin = 0, block = 0; begin < length; begin += BUFFER * perWord, block += BUFFER / 4) {
    const count = Math.min(BUFFER * perWord, length - begin);
    fillWords(buffer, key, block, Math.ceil(count / perWord));
    use(buffer, begin, count);
  }
}

/** Uniform numbers of 32 bits each, in (0, 1), for the few places that need some: element i of a row. */
export function uniforms(stream: Stream, row: number, length: number): Float64Array {
  const out = new Float64Array(length);
  eachWord(keyOf(stream, row), length, 1, (words, begin, count) => {
    for (let i = 0; i < count; i++) out[begin + i] = ((words[i]! >>> 0) + 0.5) / 2 ** 32;
  });
  return out;
}
