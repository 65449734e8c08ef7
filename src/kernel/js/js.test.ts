import assert from "node:assert/strict";
import { test } from "node:test";
import { fillDirections } from "../../sample/directions.ts";
import type { Reals, Term } from "../kernels.ts";
import { jsKernels } from "./index.ts";

const PRECISIONS = [
  { make: (d: number): Reals => new Float64Array(d), roundoff: 2 ** -53 },
  { make: (d: number): Reals => new Float32Array(d), roundoff: 2 ** -24 },
];
/** Below, at and above the length of a block, and not multiples of what a loop takes at once. */
const LENGTHS = [1, 3, 7, 1023, 1024, 2051];
const COUNTS = Array.from({ length: 14 }, (_, i) => i);

function vectors(count: number, d: number, seed: number, make: (d: number) => Reals): Reals[] {
  const rows = Array.from({ length: count }, () => make(d));
  fillDirections(rows, { seed, step: 0 }, { kind: "gaussian", scale: 1 });
  return rows;
}

/** Sum of c v at i, and the sum of the sizes, which bounds the rounding error. */
function exact(terms: readonly Term<Reals>[], i: number): readonly [number, number] {
  let sum = 0;
  let size = 0;
  for (const [c, v] of terms) {
    sum += c * v[i]!;
    size += Math.abs(c * v[i]!);
  }
  return [sum, size];
}

/** <a, b> in the order of the entries, and the sum of the sizes. */
function plainDot(a: Reals, b: Reals): readonly [number, number] {
  let sum = 0;
  let size = 0;
  for (let i = 0; i < a.length; i++) {
    sum += a[i]! * b[i]!;
    size += Math.abs(a[i]! * b[i]!);
  }
  return [sum, size];
}

function assertSums(out: Reals, terms: readonly Term<Reals>[], roundoff: number): void {
  for (let i = 0; i < out.length; i++) {
    const [sum, size] = exact(terms, i);
    // One rounding when stored, and those of the float64 sum.
    const bound = roundoff * Math.abs(sum) + 2 * (terms.length + 1) * 2 ** -53 * size;
    assert.ok(Math.abs(out[i]! - sum) <= bound, `${terms.length} terms, entry ${i}: ${out[i]} for ${sum}`);
  }
}

for (const { make, roundoff } of PRECISIONS) {
  const kind = make(0).constructor.name;

  test(`${kind}: products of all pairs, whatever the number of rows and their length`, () => {
    for (const d of LENGTHS)
      for (const m of [0, 1, 3, 4, 6, 8, 13])
        for (const k of [0, 1, 2, 5]) {
          const rows = vectors(m, d, 1, make);
          const others = vectors(k, d, 2, make);
          for (const [a, b] of [
            [rows, others],
            [rows, rows],
          ] as const) {
            const products = jsKernels.gram(a, b);
            assert.equal(products.length, a.length * b.length);
            for (const [at, product] of products.entries()) {
              const x = a[Math.floor(at / b.length)]!;
              const y = b[at % b.length]!;
              const [sum, size] = plainDot(x, y);
              assert.ok(Math.abs(product - sum) <= 2 * (d + 1) * 2 ** -53 * size, `${m} x ${k}, d = ${d}`);
            }
          }
        }
  });

  test(`${kind}: combinations of any number of terms, onto new numbers or one of the terms`, () => {
    for (const d of LENGTHS)
      for (const m of COUNTS) {
        const terms = vectors(m, d, 3, make).map((v, k): Term<Reals> => [Math.cos(k + 1), v]);
        const out = make(d).fill(7);
        jsKernels.combine(out, terms);
        assertSums(out, terms, roundoff);
        if (m === 0) continue;
        const kept = terms.map(([c, v]): Term<Reals> => [c, v.slice()]);
        const alias = terms[m >> 1]![1];
        jsKernels.combine(alias, terms);
        assertSums(alias, kept, roundoff);
      }
  });

  test(`${kind}: a point displaced by any number of terms, elsewhere or in place`, () => {
    for (const d of LENGTHS)
      for (const m of COUNTS) {
        const [x, ...rows] = vectors(m + 1, d, 4, make);
        const terms = rows.map((v, k): Term<Reals> => [Math.sin(k + 1), v]);
        const kept: Term<Reals>[] = [[1, x!.slice()], ...terms];
        const out = make(d);
        jsKernels.perturb(out, x!, terms);
        assertSums(out, kept, roundoff);
        jsKernels.perturb(x!, x!, terms);
        assertSums(x!, kept, roundoff);
      }
  });
}
