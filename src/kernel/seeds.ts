/** Directions that nobody stores: what a backend does with random vectors that are drawn again wherever they are needed. */
import type { Term } from "./kernels.ts";
import type { Words } from "./random/threefry.ts";

/**
 * What a seed's entries are, from the same words as `fillDirections` takes:
 * - `rademacher`: element 32 j + b is +1 where bit b of word j is 0, else -1;
 * - `gaussian`: element 2 j is the normal table's entry at the low half of word j, element 2 j + 1 that at the high half.
 */
export type SeedKind = "rademacher" | "gaussian";

/** The key of a direction z: word j of z is word j mod 4 of block floor(j / 4) of Threefry-4x32-13 under this key. */
export type Seed = Words;

/**
 * Long vectors are float32. A call sees elements [begin, begin + length) of every direction, so that parameters may lie in
 * several arrays. The same bits on every backend but "webgpu", which may fuse a product and a sum.
 */
export interface SeedKernels {
  readonly backend: "js" | "wasm";
  /** A vector of zeros, where this backend reads it soonest: for an x of `perturb` or a b of `differences` that is long in use. */
  vector(length: number): Float32Array;
  /**
   * out <- x + c s + sum of c_k z_k, rounded to float32 after every product and after every sum, in this order; the
   * coefficients are rounded to float32 first. `out` may be `x` or s.
   *
   * @param out     length of x
   * @param begin   which element of the directions belongs to x[0]
   * @param stored  c and s, a vector of the length of x
   * @cost  one pass over memory, 4 bytes an element to read and 4 to write, and every direction drawn once
   */
  perturb(
    kind: SeedKind,
    out: Float32Array,
    x: Float32Array,
    begin: number,
    seeds: readonly Term<Seed>[],
    stored?: Term<Float32Array>,
  ): void;
  /**
   * All products <z_i, z_j> over elements [0, d), row-major, rows.length x others.length. Integers, exact, for rademacher.
   * For gaussian summed in float64: |error| <= gamma(1024 / 4 + 2 + d / BLOCK, 2^-53) sum |z_i z_j|, and in one
   * order everywhere: blocks of BLOCK elements counted from 0, in each of them four sums s_k of the elements i = k mod 4
   * (the last one to three of d, where 4 does not divide it, all go to s_0), added as s_0 + s_1 + (s_2 + s_3).
   *
   * @cost  every direction drawn once, nothing of length d stored; the same list twice costs half the products
   */
  gram(kind: SeedKind, d: number, rows: readonly Seed[], others: readonly Seed[]): Float64Array;
  /** sum over i of z[begin + i] v[i] for each seed: blocks counted from v[0], then order and bound as for gaussian products. */
  along(kind: SeedKind, seeds: readonly Seed[], v: Float32Array, begin: number): Float64Array;
  /**
   * out <- x + sum over k of a_k b_k^T, rounded to float32 after every product and after every sum, in this order: elements
   * [begin, begin + x.length) of a matrix whose rows lie one behind the other. `out` may be `x`.
   *
   * @param rank  how many a_k and b_k there are: 1 or more
   * @param a     all a_k, one behind the other: as many numbers each as the matrix has rows
   * @param b     likewise, as many each as it has columns
   * @cost  one pass over memory, 4 bytes an element to read and 4 to write, and 2 rank operations an element
   */
  outer(
    out: Float32Array,
    x: Float32Array,
    begin: number,
    rank: number,
    a: Float32Array,
    b: Float32Array,
  ): void;
  /** Where the bits of a and b differ, their length one: the indices, ascending, into `out` until it is full; how many went there. */
  differences(a: Float32Array, b: Float32Array, out: Uint32Array): number;
  /**
   * A number of 53 bits that another vector has by accident only, and one that differs in one element never. Each of LANES
   * words h_k takes the bits w of elements i = k mod LANES in turn, h_k <- (h_k ^ w) STIR rotated left by 15; see
   * `foldStamp` for the rest.
   *
   * @cost  one pass over memory, to read alone
   */
  stamp(x: Float32Array): number;
}

export const LANES = 16;
/** Odd, so that a product with it can be undone. */
export const STIR = 0x9e3779b1;

/** What becomes of the LANES words: two words, each a chain like theirs over all of them, the second backwards. */
export function foldStamp(lanes: Int32Array): number {
  let [low, high] = [0, 0];
  for (let k = 0; k < LANES; k++) {
    low = stir(low, lanes[k]!);
    high = stir(high, lanes[LANES - 1 - k]!);
  }
  return (low >>> 0) + 2 ** 32 * (high & 0x1fffff);
}

/** One link of a chain. */
export function stir(h: number, word: number): number {
  const product = Math.imul(h ^ word, STIR);
  return (product << 15) | (product >>> 17);
}

/** Elements that one float64 sum takes before it joins the total. */
export const BLOCK = 1024;
