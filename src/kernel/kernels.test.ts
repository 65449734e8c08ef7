/** One suite for every arithmetic backend: what the contract says, against the plainest loops. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { expectClose, expectSame, gamma } from "../../test/expect-close.ts";
import { normal } from "../problem/hash.ts";
import { jsKernels } from "./js/index.ts";
import type { Kernels, Reals, Term } from "./kernels.ts";

const BACKENDS: readonly Kernels[] = [jsKernels];

const PRECISIONS = [
  { make: (n: number): Reals => new Float64Array(n), u: 2 ** -53, name: "float64" },
  { make: (n: number): Reals => new Float32Array(n), u: 2 ** -24, name: "float32" },
] as const;

/** Every length to 70, and around the ends of blocks of powers of two. */
const LENGTHS: readonly number[] = [
  ...Array.from({ length: 71 }, (_, n) => n),
  ...[127, 128, 129, 255, 256, 257, 511, 512, 513, 1023, 1024, 1025, 2047, 2048, 2049],
  ...[3071, 3072, 3073, 4095, 4096, 4097, 4099, 4999, 5000],
];

function random(make: (n: number) => Reals, n: number, seed: number): Reals {
  const out = make(n);
  for (let i = 0; i < n; i++) out[i] = normal(seed, i);
  return out;
}

function naiveDot(a: Reals, b: Reals): { readonly sum: number; readonly size: number } {
  let [sum, size] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    sum += a[i]! * b[i]!;
    size += Math.abs(a[i]! * b[i]!);
  }
  return { sum, size };
}

/** x + sum c v in float64, and the sum of the magnitudes. */
function naiveSum(x: Reals, terms: readonly Term<Reals>[]): { sum: Float64Array; size: Float64Array } {
  const sum = Float64Array.from(x);
  const size = sum.map(Math.abs);
  for (const [c, v] of terms)
    for (let i = 0; i < sum.length; i++) {
      sum[i]! += c * v[i]!;
      size[i]! += Math.abs(c * v[i]!);
    }
  return { sum, size };
}

for (const kernels of BACKENDS)
  for (const { make, u, name } of PRECISIONS) {
    const label = `${kernels.backend}, ${name}`;
    const pick = fc.record({
      n: fc.constantFrom(...LENGTHS),
      count: fc.integer({ min: 1, max: 9 }),
      seed: fc.nat(1e6),
    });
    const termsOf = (count: number, n: number, seed: number): Term<Reals>[] =>
      Array.from({ length: count }, (_, k) => [normal(seed + 1, k), random(make, n, seed + 10 + k)]);

    test(`${label}: dot is within its bound for every length to 5000`, () => {
      const a = random(make, 5000, 1);
      const b = random(make, 5000, 2);
      for (let n = 0; n <= 5000; n++) {
        const { sum, size } = naiveDot(a.subarray(0, n), b.subarray(0, n));
        const error = Math.abs(kernels.dot(a.subarray(0, n), b.subarray(0, n)) - sum);
        if (!(error <= 2 * gamma(n + 1) * size)) assert.fail(`length ${n}: off by ${error}`);
      }
    });

    test(`${label}: perturb is x + sum c v, whether out is x or not`, () => {
      fc.assert(
        fc.property(pick, ({ n, count, seed }) => {
          const x = random(make, n, seed);
          const terms = termsOf(count, n, seed);
          const before = structuredClone({ x, terms });
          const { sum, size } = naiveSum(x, terms);
          // Stored numbers are rounded at most once for each term.
          const tolerance = size.map((s) => 2 * gamma(count + 2, u) * s);
          const out = make(n).fill(Number.NaN);
          kernels.perturb(out, x, terms);
          expectClose(out, sum, tolerance);
          assert.deepEqual({ x, terms }, before, "only out is written");
          kernels.perturb(x, x, terms);
          expectSame(x, out);
        }),
        { seed: 31, numRuns: 150 },
      );
    });

    test(`${label}: perturb without terms copies`, () => {
      const x = random(make, 77, 3);
      const out = make(77).fill(Number.NaN);
      kernels.perturb(out, x, []);
      expectSame(out, x);
      const copy = x.slice();
      kernels.perturb(x, x, []);
      expectSame(x, copy);
    });

    test(`${label}: combine is sum c v, whichever of the v is out`, () => {
      fc.assert(
        fc.property(pick, ({ n, count, seed }) => {
          const terms = termsOf(count, n, seed);
          const { sum, size } = naiveSum(make(n), terms);
          const tolerance = size.map((s) => 2 * gamma(count + 2, u) * s);
          const out = make(n).fill(Number.NaN);
          const before = structuredClone(terms);
          kernels.combine(out, terms);
          expectClose(out, sum, tolerance);
          assert.deepEqual(terms, before, "only out is written");
          for (let k = 0; k < count; k++) {
            const copies = terms.map(([c, v]): Term<Reals> => [c, v.slice()]);
            kernels.combine(copies[k]![1], copies);
            expectClose(copies[k]![1], sum, tolerance);
          }
        }),
        { seed: 32, numRuns: 100 },
      );
    });

    test(`${label}: combine of nothing is 0, whatever stood there`, () => {
      const out = make(70).fill(Number.NaN);
      kernels.combine(out, []);
      expectSame(out, make(70));
    });

    test(`${label}: gram is all products within the bound of dot, for 0 to 9 rows and others`, () => {
      const shape = fc.record({
        n: fc.constantFrom(...LENGTHS),
        rows: fc.integer({ min: 0, max: 9 }),
        others: fc.integer({ min: 0, max: 9 }),
        seed: fc.nat(1e6),
      });
      fc.assert(
        fc.property(shape, ({ n, rows, others, seed }) => {
          const left = Array.from({ length: rows }, (_, i) => random(make, n, seed + i));
          const right = Array.from({ length: others }, (_, j) => random(make, n, seed + 100 + j));
          for (const [a, b] of [
            [left, right],
            [left, left],
            [left, [...left]],
          ] as const) {
            const expected = a.flatMap((row) => b.map((other) => naiveDot(row, other)));
            expectClose(
              kernels.gram(a, b),
              expected.map(({ sum }) => sum),
              expected.map(({ size }) => 2 * gamma(n + 1) * size),
            );
          }
          const symmetric = kernels.gram(left, left);
          for (let i = 0; i < rows; i++)
            for (let j = 0; j < i; j++) assert.equal(symmetric[i * rows + j], symmetric[j * rows + i]);
        }),
        { seed: 33, numRuns: 60 },
      );
    });

    test(`${label}: parts of longer vectors touch nothing beside them`, () => {
      const whole = random(make, 300, 5);
      const copy = whole.slice();
      const v = random(make, 100, 6);
      kernels.perturb(whole.subarray(100, 200), whole.subarray(100, 200), [[2, v]]);
      expectSame(whole.subarray(0, 100), copy.subarray(0, 100));
      expectSame(whole.subarray(200), copy.subarray(200));
    });
  }
