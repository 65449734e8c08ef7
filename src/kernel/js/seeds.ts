/** Seeded directions in plain JavaScript: the reference. A block of elements at a time, each direction drawn for it alone. */
import type { Term } from "../kernels.ts";
import { normalTable } from "../random/normal-table.ts";
import { fillWords } from "../random/threefry.ts";
import { BLOCK, foldStamp, LANES, type Seed, type SeedKernels, type SeedKind, stir } from "../seeds.ts";
import { dotBlock } from "./gram.ts";

const PER_WORD = { rademacher: 32, gaussian: 2 } as const;

export const jsSeeds: SeedKernels = {
  backend: "js",
  vector: (length) => new Float32Array(length),
  perturb,
  gram,
  along,
  outer,
  differences,
  stamp,
};

function perturb(
  kind: SeedKind,
  out: Float32Array,
  x: Float32Array,
  begin: number,
  seeds: readonly Term<Seed>[],
  stored?: Term<Float32Array>,
): void {
  const c = Math.fround(stored?.[0] ?? 0);
  const s = stored?.[1];
  if (s) for (let i = 0; i < x.length; i++) out[i] = x[i]! + Math.fround(c * s[i]!);
  else if (out !== x) out.set(x);
  const z = new Float32Array(2 * BLOCK);
  for (let at = 0; at < x.length; at += BLOCK) {
    const part = out.subarray(at, at + BLOCK);
    for (const [coefficient, seed] of seeds)
      add(part, Math.fround(coefficient), draw(z, kind, seed, begin + at, part.length));
  }
}

/** out <- fl(out + fl(c z)): float64 holds the product and the sum of two float32 exactly enough to be rounded once. */
function add(out: Float32Array, c: number, z: Float32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = out[i]! + Math.fround(c * z[i]!);
}

function gram(kind: SeedKind, d: number, rows: readonly Seed[], others: readonly Seed[]): Float64Array {
  return kind === "rademacher"
    ? products(rows, others, signBlocks(d))
    : products(rows, others, normalBlocks(d));
}

function products<B>(rows: readonly Seed[], others: readonly Seed[], blocks: Blocks<B>): Float64Array {
  const width = others.length;
  const symmetric = rows === others;
  const out = new Float64Array(rows.length * width);
  for (let block = 0; block < blocks.count; block++) {
    const left = rows.map((seed) => blocks.draw(seed, block));
    const right = symmetric ? left : others.map((seed) => blocks.draw(seed, block));
    left.forEach((a, i) => {
      for (let j = symmetric ? i : 0; j < width; j++)
        out[i * width + j]! += blocks.product(a, right[j]!, block);
    });
  }
  if (symmetric)
    for (let i = 0; i < width; i++) for (let j = 0; j < i; j++) out[i * width + j] = out[j * width + i]!;
  return out;
}

/** How products are summed: block by block, each direction drawn once for every block. */
interface Blocks<B> {
  readonly count: number;
  draw(seed: Seed, block: number): B;
  product(a: B, b: B, block: number): number;
}

function normalBlocks(d: number): Blocks<Float32Array> {
  return {
    count: Math.ceil(d / BLOCK),
    draw: (seed, block) =>
      draw(new Float32Array(BLOCK), "gaussian", seed, block * BLOCK, Math.min(BLOCK, d - block * BLOCK)),
    product: (a, b) => dotBlock(a, b, 0, a.length),
  };
}

/** <z_a, z_b> = d - 2 (number of signs that differ): 32 elements to a word, those beyond d alike. */
function signBlocks(d: number): Blocks<Int32Array> {
  const most = 32 * BLOCK;
  const lengthOf = (block: number): number => Math.min(most, d - block * most);
  return {
    count: Math.ceil(d / most),
    draw(seed, block) {
      const length = lengthOf(block);
      const signs = new Int32Array(4 * Math.ceil(length / 128));
      fillWords(signs, seed, (block * most) / 128);
      if (length % 32 > 0) signs[length >> 5]! &= (1 << (length % 32)) - 1;
      return signs.subarray(0, Math.ceil(length / 32));
    },
    product: (a, b, block) => lengthOf(block) - 2 * a.reduce((sum, word, i) => sum + ones(word ^ b[i]!), 0),
  };
}

/** Bits set in a word. */
function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function along(kind: SeedKind, seeds: readonly Seed[], v: Float32Array, begin: number): Float64Array {
  const z = new Float32Array(2 * BLOCK);
  return Float64Array.from(seeds, (seed) => {
    let sum = 0;
    for (let at = 0; at < v.length; at += BLOCK) {
      const part = v.subarray(at, at + BLOCK);
      sum += dotBlock(draw(z, kind, seed, begin + at, part.length), part, 0, part.length);
    }
    return sum;
  });
}

function outer(
  out: Float32Array,
  x: Float32Array,
  begin: number,
  rank: number,
  a: Float32Array,
  b: Float32Array,
): void {
  const [rows, columns] = [a.length / rank, b.length / rank];
  if (out !== x) out.set(x);
  for (let at = 0, end = 0; at < x.length; at = end) {
    const row = Math.floor((begin + at) / columns);
    const shift = begin - row * columns; // element e lies in column e + shift
    end = Math.min(columns - shift, x.length);
    for (let k = 0; k < rank; k++) {
      const c = a[k * rows + row]!;
      const first = k * columns + shift;
      for (let e = at; e < end; e++) out[e] = out[e]! + Math.fround(c * b[first + e]!);
    }
  }
}

function differences(a: Float32Array, b: Float32Array, out: Uint32Array): number {
  const [left, right] = [bitsOf(a), bitsOf(b)];
  let count = 0;
  for (let i = 0; i < left.length && count < out.length; i++) if (left[i] !== right[i]) out[count++] = i;
  return count;
}

function stamp(x: Float32Array): number {
  const bits = bitsOf(x);
  const lanes = new Int32Array(LANES);
  for (let i = 0; i < bits.length; i++) lanes[i % LANES] = stir(lanes[i % LANES]!, bits[i]!);
  return foldStamp(lanes);
}

const bitsOf = (x: Float32Array): Int32Array => new Int32Array(x.buffer, x.byteOffset, x.length);

const words = new Int32Array(BLOCK);

/**
 * Elements [begin, begin + length) of a direction, a view of `out`.
 *
 * @param out  room for them and for those before them in the same four words: less than 128
 */
function draw(out: Float32Array, kind: SeedKind, seed: Seed, begin: number, length: number): Float32Array {
  const perBlock = 4 * PER_WORD[kind];
  const skipped = begin % perBlock;
  const count = skipped + length;
  fillWords(words, seed, (begin - skipped) / perBlock, Math.ceil(count / PER_WORD[kind]));
  if (kind === "rademacher")
    for (let i = 0; i < count; i++) out[i] = 1 - 2 * ((words[i >> 5]! >>> (i & 31)) & 1);
  else {
    const table = normalTable();
    for (let i = 0; i < count; i++)
      out[i] = table[i % 2 === 0 ? words[i >> 1]! & 0xffff : words[i >> 1]! >>> 16]!;
  }
  return out.subarray(skipped, count);
}
