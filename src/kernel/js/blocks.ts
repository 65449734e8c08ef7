/** Long vectors are walked in blocks that stay in cache, so that many rows are read from memory once. */

/** Numbers a block: 16 rows of float64 fill half of a 512 KiB cache. */
export const BLOCK = 2048;

/** Calls `visit(begin, end)` for each block of [0, length). */
export function eachBlock(length: number, visit: (begin: number, end: number) => void): void {
  for (let begin = 0; begin < length; begin += BLOCK) visit(begin, Math.min(begin + BLOCK, length));
}
