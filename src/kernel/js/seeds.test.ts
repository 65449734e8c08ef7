import assert from "node:assert/strict";
import { test } from "node:test";
import { fillDirections } from "../../sample/directions.ts";
import { keyOf } from "../../sample/stream.ts";
import { BLOCK, type Seed, type SeedKind } from "../seeds.ts";
import { jsKernels } from "./index.ts";
import { jsSeeds } from "./seeds.ts";

const KINDS: readonly SeedKind[] = ["rademacher", "gaussian"];
const seed = (row: number): Seed => keyOf({ seed: 2 ** 40 + 5, step: 3 }, row);

/** The same directions, written out. */
function dense(kind: SeedKind, count: number, d: number): Float32Array[] {
  const rows = Array.from({ length: count }, () => new Float32Array(d));
  fillDirections(rows, { seed: 2 ** 40 + 5, step: 3 }, { kind, scale: 1 });
  return rows;
}

for (const kind of KINDS)
  for (const d of [1, 31, 128, 1000, 3 * BLOCK + 77]) {
    test(`${kind}, d = ${d}: a step along seeds is the step along the written-out directions, rounded at every operation`, () => {
      const rows = dense(kind, 3, d);
      const x = Float32Array.from({ length: d }, (_, i) => Math.sin(i));
      const s = Float32Array.from({ length: d }, (_, i) => Math.cos(i));
      const coefficients = [0.1, -3e-3, 7];
      const expected = x.map((xi, i) => {
        let sum = Math.fround(xi + Math.fround(Math.fround(0.3) * s[i]!));
        rows.forEach((row, k) => {
          sum = Math.fround(sum + Math.fround(Math.fround(coefficients[k]!) * row[i]!));
        });
        return sum;
      });
      const out = new Float32Array(d);
      jsSeeds.perturb(
        kind,
        out,
        x,
        0,
        coefficients.map((c, k) => [c, seed(k)]),
        [0.3, s],
      );
      assert.deepEqual(out, expected);
    });

    test(`${kind}, d = ${d}: a part of the vector sees its own part of the directions`, () => {
      const x = new Float32Array(d).fill(1);
      const whole = new Float32Array(d);
      jsSeeds.perturb(kind, whole, x, 0, [[0.5, seed(0)]]);
      for (const begin of [0, 1, 33, 129, BLOCK + 5].filter((at) => at < d)) {
        const part = x.slice(begin);
        jsSeeds.perturb(kind, part, part, begin, [[0.5, seed(0)]]);
        assert.deepEqual(part, whole.slice(begin));
      }
    });

    test(`${kind}, d = ${d}: products are those of the written-out directions`, () => {
      const rows = dense(kind, 4, d);
      const seeds = rows.map((_, i) => seed(i));
      const near = (found: Float64Array, expected: Float64Array): void =>
        expected.forEach((value, i) => {
          const bound = kind === "rademacher" ? 0 : 2 * d * 2 ** -53 * 20 * d; // |z_i z_j| < 20
          assert.ok(Math.abs(found[i]! - value) <= bound, `${i}: ${found[i]} for ${value}`);
        });
      near(jsSeeds.gram(kind, d, seeds, seeds), jsKernels.gram(rows, rows));
      near(
        jsSeeds.gram(kind, d, seeds.slice(0, 3), seeds.slice(2)),
        jsKernels.gram(rows.slice(0, 3), rows.slice(2)),
      );
    });

    test(`${kind}, d = ${d}: products with a vector, whole or in parts`, () => {
      const rows = dense(kind, 3, d);
      const seeds = rows.map((_, i) => seed(i));
      const v = Float32Array.from({ length: d }, (_, i) => Math.sin(7 * i));
      const found = jsSeeds.along(kind, seeds, v, 0);
      const cut = Math.min(45, d);
      const front = jsSeeds.along(kind, seeds, v.subarray(0, cut), 0);
      const back = jsSeeds.along(kind, seeds, v.subarray(cut), cut);
      jsKernels.gram(rows, [v]).forEach((value, i) => {
        const bound = 2 * d * 2 ** -53 * 5 * d;
        assert.ok(Math.abs(found[i]! - value) <= bound, `${found[i]} for ${value}`);
        assert.ok(Math.abs(front[i]! + back[i]! - value) <= bound, `${front[i]! + back[i]!} for ${value}`);
      });
    });
  }

test("a sum of outer products, rounded at every operation, from any element of the matrix on", () => {
  const [m, n, rank] = [5, 7, 3];
  const numbers = (length: number, scale: number): Float32Array =>
    Float32Array.from({ length }, (_, i) => Math.sin(scale * (i + 1)));
  const [x, a, b] = [numbers(m * n, 1), numbers(rank * m, 2), numbers(rank * n, 3)];
  const expected = x.map((xi, e) => {
    const [i, j] = [Math.floor(e / n), e % n];
    let sum = xi;
    for (let k = 0; k < rank; k++) sum = Math.fround(sum + Math.fround(a[k * m + i]! * b[k * n + j]!));
    return sum;
  });
  for (const [begin, end] of [
    [0, 35],
    [3, 5],
    [6, 8],
    [13, 35],
    [14, 21],
    [9, 9],
  ] as const) {
    // biome-ignore format: one line
    const out = new Float32Array(end - begin);
    jsSeeds.outer(out, x.slice(begin, end), begin, rank, a, b);
    assert.deepEqual(out, expected.slice(begin, end));
  }
});
