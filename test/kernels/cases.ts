/**
 * What every backend of seeded directions is asked, so that the answers can be compared bit for bit: in one engine with the
 * reference, and from engine to engine. Runs in browsers, so nothing here needs Node.
 */
import { jsSeeds } from "../../src/kernel/js/seeds.ts";
import type { Term } from "../../src/kernel/kernels.ts";
import { fillWords } from "../../src/kernel/random/threefry.ts";
import type { Seed, SeedKernels, SeedKind } from "../../src/kernel/seeds.ts";

type Later<F> = F extends (...given: infer A) => infer R ? (...given: A) => R | Promise<R> : never;
/** What every backend does, at once or later. */
export type Asked = { readonly [K in "perturb" | "gram" | "along" | "outer"]: Later<SeedKernels[K]> } & Pick<
  SeedKernels,
  "vector"
>;

export interface Case {
  /** Which test it belongs to. */
  readonly group: string;
  readonly name: string;
  readonly ask: (kernels: Asked) => Promise<ArrayLike<number>>;
  /**
   * How far each number of a backend that sums in float32 may be from the reference's, NaN where neither is finite; left out
   * where every bit counts.
   */
  readonly allowed?: () => ArrayLike<number>;
}

/** What only those are asked that work on arrays of the host's. */
export interface HostCase {
  readonly group: string;
  readonly name: string;
  readonly ask: (kernels: SeedKernels) => ArrayLike<number>;
}

const KINDS: readonly SeedKind[] = ["rademacher", "gaussian"];
/** Around the ends of units of 8 and 128, of runs of 32 and 512, of blocks of 1024 and of staged parts. */
const LENGTHS = [
  ...[0, 1, 2, 3, 5, 7, 8, 9, 31, 32, 33, 63, 64, 65, 127, 128, 129, 511, 512, 513],
  ...[1023, 1024, 1025, 1027, 8192, 16_383, 16_384, 16_385, 20_001, 33_001, 70_003],
];
/** Odd places, and where the counter passes 2^31 and 2^32. */
const BEGINS = [
  ...[0, 1, 7, 8, 33, 127, 128, 129, 1029, 99_999, 2 ** 33 + 5],
  ...[2 ** 34 - 77, 2 ** 35 - 77, 2 ** 38 - 777, 2 ** 39 - 777],
];
/** Sums and products that are inexact, that overflow, that vanish, and those of numbers that are none. */
const COEFFICIENTS = [
  ...[0.1, -3e-3, 7, 1e-30, -1e30, 1e-42, -1e-46, 3e38, 0, -0, 1e39],
  ...[0.5, 1 / 3, -2e5, 1e-7, 12, Number.NaN],
];

export function* seedCases(): Generator<Case> {
  for (const kind of KINDS)
    for (const [what, list] of Object.entries({ entries, perturb, gram, along }))
      for (const one of list(kind)) yield { ...one, group: `${kind} ${what}` };
  for (const one of outer()) yield { ...one, group: "outer" };
}

export function* hostCases(): Generator<HostCase> {
  for (const one of bits()) yield { ...one, group: "bits" };
  for (const one of vectors()) yield { ...one, group: "vectors" };
}

type Ungrouped<C = Case> = Omit<C, "group">;

function* entries(kind: SeedKind): Generator<Ungrouped> {
  for (const [row, begin] of [
    [0, 0],
    [1, 1_234_567],
  ] as const)
    yield {
      name: `a million elements of direction ${row} from ${begin} on`,
      async ask(kernels) {
        const z = new Float32Array(1_000_000);
        await kernels.perturb(kind, z, z, begin, [[1, seed(row)]]);
        return z;
      },
    };
}

function* perturb(kind: SeedKind): Generator<Ungrouped> {
  let k = 0;
  for (const d of LENGTHS)
    for (const begin of d > 20_000 ? BEGINS.slice(0, 5) : BEGINS) {
      const salt = ++k;
      const [count, first, isStored, inPlace] = [k % 18, k % 11, k % 3 === 0, k % 2 === 0];
      const terms = Array.from({ length: count }, (_, i): Term<Seed> => [coefficient(first + i), seed(i)]);
      const makeX = (): Float32Array => {
        const x = numbers(d, salt);
        if (d > 20) x.set([Number.NaN, Infinity, -Infinity, -0, 0, 1e-45, 3.4e38], 3);
        return x;
      };
      const makeStored = (): Term<Float32Array> | undefined =>
        isStored ? [coefficient(first + 3), numbers(d, salt + 1)] : undefined;
      yield {
        name: `d = ${d}, begin ${begin}, ${count} terms from coefficient ${first}${isStored ? ", one stored" : ""}${inPlace ? ", in place" : ""}`,
        async ask(kernels) {
          const x = makeX();
          const out = inPlace ? x : new Float32Array(d);
          const stored = makeStored();
          if (stored) await kernels.perturb(kind, out, x, begin, terms, stored);
          else await kernels.perturb(kind, out, x, begin, terms);
          return out;
        },
        allowed: () => perturbed(kind, makeX(), begin, terms, makeStored()),
      };
    }
  const [terms, begin] = [[[0.7, seed(3)]] as const, 55];
  const makeAll = (): Float32Array => numbers(30_000, 1);
  const makeX = (): Float32Array => numbers(24_899, 2);
  yield {
    name: `into the stored vector, a part of a longer one`,
    async ask(kernels) {
      const all = makeAll();
      const s = all.subarray(101, 25_000);
      await kernels.perturb(kind, s, makeX(), begin, terms, [-0.3, s]);
      return all;
    },
    allowed() {
      const s = makeAll().subarray(101, 25_000);
      const all = new Float64Array(30_000);
      all.set(perturbed(kind, makeX(), begin, terms, [-0.3, s]), 101);
      return all;
    },
  };
}

/** Unit roundoff of a float32 sum that may be rounded either way. */
const ROUNDOFF = 2 ** -23;

/** |c_k z_k| and all that, times the bound of `DeviceSeeds.perturb`. */
function perturbed(
  kind: SeedKind,
  x: Float32Array,
  begin: number,
  terms: readonly Term<Seed>[],
  stored?: Term<Float32Array>,
): Float64Array {
  const all = Float64Array.from(x, Math.abs);
  const join = (c: number, v: Float32Array): void =>
    v.forEach((value, i) => {
      all[i]! += Math.abs(Math.fround(c) * value);
    });
  if (stored) join(...stored);
  for (const [c, z] of terms) join(c, direction(kind, z, begin, x.length));
  return within(all, 2 + 2 * terms.length, terms.length + 2);
}

/**
 * What a sum of so many terms may be off by after n roundings, when the absolute values of its terms add up to this. Numbers
 * below 2^-126 may be 0: a coefficient (of a z below 5), a product, and either side and the result of a sum.
 */
function within(all: Float64Array, n: number, terms: number): Float64Array {
  const tiny = 10 * terms * 2 ** -126;
  return all.map((sum) =>
    // What overflows on the way depends on what is fused, unless something was infinite from the beginning.
    sum < 3.4e38 ? gamma(n) * sum + tiny : sum < Infinity ? Infinity : Number.NaN,
  );
}

const gamma = (n: number): number => (n * ROUNDOFF) / (1 - n * ROUNDOFF);

function direction(kind: SeedKind, z: Seed, begin: number, length: number): Float32Array {
  const out = new Float32Array(length);
  jsSeeds.perturb(kind, out, out, begin, [[1, z]]);
  return out;
}

function* gram(kind: SeedKind): Generator<Ungrouped> {
  for (const d of LENGTHS)
    for (const [rows, others] of [
      [0],
      [1],
      [2],
      [5],
      [8],
      [17],
      [1, 1],
      [3, 2],
      [4, 0],
      [2, 7],
      [9, 5],
    ] as const)
      yield {
        name: `d = ${d}, ${others === undefined ? `${rows} seeds` : `${rows} seeds with ${others}`}`,
        async ask(kernels) {
          const list = seeds(rows, 0);
          return kernels.gram(kind, d, list, others === undefined ? list : seeds(others, rows - 1));
        },
        ...(kind === "gaussian" && {
          allowed: () =>
            multiplied(d, seeds(rows, 0), others === undefined ? seeds(rows, 0) : seeds(others, rows - 1)),
        }),
      };
  yield {
    name: `of more seeds than the memory had room for, and of few again`,
    async ask(kernels) {
      const many = seeds(100, 0);
      const few = many.slice(0, 3);
      const all = await kernels.gram(kind, 77, many, many);
      return [...all, ...(await kernels.gram(kind, 77, few, few))];
    },
    ...(kind === "gaussian" && {
      allowed: () => [100, 3].flatMap((count) => [...multiplied(77, seeds(count, 0), seeds(count, 0))]),
    }),
  };
}

/** The bound of `DeviceSeeds.gram`: sum |z_i z_j| <= |z_i| |z_j|. */
function multiplied(d: number, rows: readonly Seed[], others: readonly Seed[]): Float64Array {
  const length = (z: Seed): number => Math.sqrt(jsSeeds.gram("gaussian", d, [z], [z])[0]!);
  const [left, right] = [rows.map(length), others.map(length)];
  return Float64Array.from(left.flatMap((a) => right.map((b) => 1.0001 * gamma(161) * a * b)));
}

function* along(kind: SeedKind): Generator<Ungrouped> {
  let k = 0;
  for (const d of LENGTHS)
    for (const begin of d > 20_000 ? BEGINS.slice(0, 5) : BEGINS) {
      const count = k % 10;
      const salt = ++k;
      yield {
        name: `${count} seeds, d = ${d}, begin ${begin}`,
        ask: async (kernels) => kernels.along(kind, seeds(count, 0), numbers(d, salt), begin),
        allowed() {
          const v = numbers(d, salt);
          return seeds(count, 0).map((seed) => {
            const z = direction(kind, seed, begin, d);
            return 1.0001 * gamma(81) * v.reduce((sum, value, i) => sum + Math.abs(value * z[i]!), 0);
          });
        },
      };
    }
}

/** Narrow, wide and square matrices, whole and in parts that begin in mid-row, in vectors of the backend's and in others. */
function* outer(): Generator<Ungrouped> {
  let k = 0;
  for (const [m, n] of [
    [1, 1],
    [5, 3],
    [33, 16],
    [20, 129],
    [70_001, 4],
    [301, 1000],
    [2, 300_001],
    [65_537, 5],
  ] as const)
    for (const rank of m * n > 1e5 ? [1, 3] : [1, 2, 3, 9])
      for (const begin of m * n > 1e5 ? [1, m * n - 1] : [0, 1, Math.floor((m * n) / 3), m * n - 1]) {
        const length = k++ % 4 < 2 ? m * n - begin : Math.ceil(0.9 * (m * n - begin));
        const [inPlace, isOwn] = [k % 3 === 0, k % 4 < 2];
        const makeFactors = (): readonly [Float32Array, Float32Array] => {
          const [a, b] = [numbers(rank * m, 2), numbers(rank * n, 3)];
          if (b.length > 9) b.set([Number.NaN, Infinity, -0, 1e-45, 3.4e38, 1e-30]);
          return [a, b];
        };
        yield {
          name: `${m} x ${n}, rank ${rank}, ${length} elements from ${begin} on${inPlace ? ", in place" : ""}`,
          async ask(kernels) {
            const x = isOwn ? kernels.vector(length) : new Float32Array(length);
            x.set(numbers(length, 1));
            const out = inPlace ? x : new Float32Array(length);
            await kernels.outer(out, x, begin, rank, ...makeFactors());
            return out;
          },
          allowed() {
            const [a, b] = makeFactors();
            const all = Float64Array.from(numbers(length, 1), (value, e) => {
              const [i, j] = [Math.floor((begin + e) / n), (begin + e) % n];
              let sum = Math.abs(value);
              for (let k = 0; k < rank; k++) sum += Math.abs(a[k * m + i]! * b[k * n + j]!);
              return sum;
            });
            return within(all, 2 * rank, rank);
          },
        };
      }
}

/** Where bits differ, nowhere to everywhere, zeros of either sign, and what stamps they have. */
function* bits(): Generator<Ungrouped<HostCase>> {
  for (const d of LENGTHS)
    for (const period of [0, 1, 3, 17, 4096, 5001])
      yield {
        name: `d = ${d}, every ${period}th`,
        ask({ differences, stamp }) {
          const a = numbers(d + 1, 3).subarray(1);
          if (d > 2) a[2] = 0;
          const b = a.slice();
          for (let i = 2; period > 0 && i < d; i += period)
            b[i] = i % 3 === 1 ? a[i]! * (1 + 2 ** -23) : -a[i]!;
          const out = new Uint32Array(d);
          const few = new Uint32Array(5);
          return [differences(a, b, out), ...out, differences(a, b, few), ...few, stamp(a), stamp(b)];
        },
      };
}

/** Vectors that a backend made, whole and in parts, as x, as out and as what to look for differences from. */
function* vectors(): Generator<Ungrouped<HostCase>> {
  for (const kind of KINDS)
    for (const d of [5, 262_143, 262_144, 300_007])
      for (const begin of [0, 133])
        for (const count of [0, 1, 5])
          yield {
            name: `${kind}, d = ${d}, begin ${begin}, ${count} terms`,
            ask({ vector, perturb, differences }) {
              const terms = seeds(count, 0).map((z, i): Term<Seed> => [coefficient(i), z]);
              const x = vector(d);
              const [zeros, out, few] = [x.slice(), new Float32Array(d), new Uint32Array(9)];
              x.set(numbers(d, 1));
              perturb(kind, out, x, begin, terms);
              const answers = joined(zeros, out, [differences(out, x, few)], few);
              perturb(kind, out.subarray(2), x.subarray(1, d - 1), begin, terms, [0.5, numbers(d - 2, 2)]);
              const part = x.subarray(Math.floor(d / 3));
              perturb(kind, part, part, begin, terms);
              perturb(kind, out.subarray(0, part.length), part, begin, terms);
              const differing = differences(out.subarray(0, 3), x.subarray(1, 4), few);
              return joined(answers, out, x, [differing], few);
            },
          };
}

/** One list behind the other. */
function joined(...lists: readonly ArrayLike<number>[]): Float64Array {
  const all = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return all;
}

const coefficient = (i: number): number => COEFFICIENTS[i % COEFFICIENTS.length] ?? 0;
const seeds = (count: number, from: number): Seed[] =>
  Array.from({ length: count }, (_, i) => seed(from + i));

/** Words of every size. */
const seed = (row: number): Seed => [
  (0x9e3779b9 * row) >>> 0,
  0xffffffff - row,
  3 * row,
  row % 2 === 0 ? 0 : 0x80000000,
];

/** Numbers of either sign, most of them below 1 and none a short binary fraction. */
function numbers(length: number, salt: number): Float32Array {
  const words = new Int32Array(4 * Math.ceil(length / 4));
  fillWords(words, [salt, 1, 2, 3], 0);
  const out = new Float32Array(length);
  for (let i = 0; i < length; i++) out[i] = words[i]! / 2 ** 31;
  return out;
}

/** The largest error as a part of what is allowed, and the first number that is wrong; "" where none is. */
export function compare(
  actual: ArrayLike<number>,
  reference: ArrayLike<number>,
  allowed?: ArrayLike<number>,
): { readonly worst: number; readonly wrong: string } {
  if (actual.length !== reference.length)
    return { worst: Infinity, wrong: `${actual.length} numbers, not ${reference.length}` };
  let [worst, wrong] = [0, ""];
  for (let i = 0; i < reference.length; i++) {
    const [a, b, most] = [actual[i]!, reference[i]!, allowed?.[i] ?? 0];
    if (Object.is(a, b) || most === Infinity) continue;
    const error = Math.abs(a - b) / most;
    const fine = Number.isNaN(most) ? !Number.isFinite(a) : error <= 1;
    if (error > worst) worst = error;
    if (!fine && wrong === "") wrong = `number ${i} is ${a}, not ${b} within ${most}`;
  }
  return { worst, wrong };
}

/** A fingerprint of numbers, every bit of them; any NaN is like any other. */
export function digest(numbers: ArrayLike<number>): string {
  // A NaN's sign and payload are the engine's own business.
  const known = new Float64Array(numbers.length);
  for (let i = 0; i < known.length; i++) known[i] = Number.isNaN(numbers[i]) ? 2 ** 1000 : numbers[i]!;
  const bits = new Int32Array(known.buffer);
  let hash = 0x811c9dc5;
  for (let i = 0; i < bits.length; i++) hash = Math.imul(hash ^ bits[i]!, 0x01000193) ^ (hash >>> 15);
  return `${numbers.length}:${hash >>> 0}`;
}
