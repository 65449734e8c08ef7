/**
 * Random bits by counting: word(key, counter) is a pure function, so any part of any stream can be had at once, in any
 * order, on any machine. Threefry-4x32 with 13 rounds, integer additions, rotations and exclusive-or alone.
 *
 * @source Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011, sections 3.2 and 3.3:
 *   Threefry-4x32 passes BigCrush from 12 rounds on; the tests hold the published answers of 13 rounds.
 */

/** Four 32-bit words. */
export type Words = readonly [number, number, number, number];

const ROTATIONS = [
  [10, 26],
  [11, 21],
  [13, 27],
  [23, 5],
  [6, 20],
  [17, 11],
  [25, 10],
  [18, 20],
] as const;
const ROUNDS = 13;
const PARITY = 0x1bd11bda;

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

/** Four random words for a key and a counter: the definition, round by round. Slow; {@link fillWords} is the same, fast. */
export function threefry(key: Words, counter: Words): Words {
  const schedule = [...key, PARITY ^ key[0] ^ key[1] ^ key[2] ^ key[3]];
  const inject = (x: number[], group: number): number[] =>
    x.map((word, j) => (word + (schedule[(group + j) % 5] ?? 0) + (j === 3 ? group : 0)) | 0);
  let x = inject([...counter], 0);
  for (let round = 0; round < ROUNDS; round++) {
    const [first, second] = ROTATIONS[round % 8] ?? [0, 0];
    const [a = 0, b = 0, c = 0, d = 0] = x;
    if (round % 2 === 0) {
      const p = (a + b) | 0;
      const q = (c + d) | 0;
      x = [p, rotate(b, first) ^ p, q, rotate(d, second) ^ q];
    } else {
      const p = (a + d) | 0;
      const q = (c + b) | 0;
      x = [p, rotate(b, second) ^ q, q, rotate(d, first) ^ p];
    }
    if (round % 4 === 3) x = inject(x, (round + 1) / 4);
  }
  const [a = 0, b = 0, c = 0, d = 0] = x;
  return [a >>> 0, b >>> 0, c >>> 0, d >>> 0];
}

/**
 * out[4 i + j] <- word j of counter (first + i, 0, 0, 0): four words a block, the rounds written out.
 *
 * @param count how many words at least; whole blocks are written, so out.length is a multiple of 4 not below it
 * @cost about 3 integer operations a random bit-pair; no allocation
 */
export function fillWords(out: Int32Array, key: Words, first: number, count: number = out.length): void {
  const k0 = key[0] | 0;
  const k1 = key[1] | 0;
  const k2 = key[2] | 0;
  const k3 = key[3] | 0;
  const k4 = PARITY ^ k0 ^ k1 ^ k2 ^ k3;
  for (let i = 0, block = first; i < count; i += 4, block++) {
    let a = (block + k0) | 0;
    let b = k1;
    let c = k2;
    let d = k3;
    a = (a + b) | 0;
    b = ((b << 10) | (b >>> 22)) ^ a;
    c = (c + d) | 0;
    d = ((d << 26) | (d >>> 6)) ^ c;
    a = (a + d) | 0;
    d = ((d << 11) | (d >>> 21)) ^ a;
    c = (c + b) | 0;
    b = ((b << 21) | (b >>> 11)) ^ c;
    a = (a + b) | 0;
    b = ((b << 13) | (b >>> 19)) ^ a;
    c = (c + d) | 0;
    d = ((d << 27) | (d >>> 5)) ^ c;
    a = (a + d) | 0;
    d = ((d << 23) | (d >>> 9)) ^ a;
    c = (c + b) | 0;
    b = ((b << 5) | (b >>> 27)) ^ c;
    a = (a + k1) | 0;
    b = (b + k2) | 0;
    c = (c + k3) | 0;
    d = (d + k4 + 1) | 0;
    a = (a + b) | 0;
    b = ((b << 6) | (b >>> 26)) ^ a;
    c = (c + d) | 0;
    d = ((d << 20) | (d >>> 12)) ^ c;
    a = (a + d) | 0;
    d = ((d << 17) | (d >>> 15)) ^ a;
    c = (c + b) | 0;
    b = ((b << 11) | (b >>> 21)) ^ c;
    a = (a + b) | 0;
    b = ((b << 25) | (b >>> 7)) ^ a;
    c = (c + d) | 0;
    d = ((d << 10) | (d >>> 22)) ^ c;
    a = (a + d) | 0;
    d = ((d << 18) | (d >>> 14)) ^ a;
    c = (c + b) | 0;
    b = ((b << 20) | (b >>> 12)) ^ c;
    a = (a + k2) | 0;
    b = (b + k3) | 0;
    c = (c + k4) | 0;
    d = (d + k0 + 2) | 0;
    a = (a + b) | 0;
    b = ((b << 10) | (b >>> 22)) ^ a;
    c = (c + d) | 0;
    d = ((d << 26) | (d >>> 6)) ^ c;
    a = (a + d) | 0;
    d = ((d << 11) | (d >>> 21)) ^ a;
    c = (c + b) | 0;
    b = ((b << 21) | (b >>> 11)) ^ c;
    a = (a + b) | 0;
    b = ((b << 13) | (b >>> 19)) ^ a;
    c = (c + d) | 0;
    d = ((d << 27) | (d >>> 5)) ^ c;
    a = (a + d) | 0;
    d = ((d << 23) | (d >>> 9)) ^ a;
    c = (c + b) | 0;
    b = ((b << 5) | (b >>> 27)) ^ c;
    a = (a + k3) | 0;
    b = (b + k4) | 0;
    c = (c + k0) | 0;
    d = (d + k1 + 3) | 0;
    a = (a + b) | 0;
    b = ((b << 6) | (b >>> 26)) ^ a;
    c = (c + d) | 0;
    d = ((d << 20) | (d >>> 12)) ^ c;
    out[i] = a;
    out[i + 1] = b;
    out[i + 2] = c;
    out[i + 3] = d;
  }
}
