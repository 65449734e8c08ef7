import assert from "node:assert/strict";
import { test } from "node:test";
import { dot } from "../kernel/js/gram.ts";
import type { Reals } from "../kernel/kernels.ts";
import { fillDirections } from "./directions.ts";
import { reflectOrthonormal } from "./householder.ts";
import { orthonormalize } from "./orthogonal.ts";

const PRECISIONS = [
  { make: (d: number): Reals => new Float64Array(d), roundoff: 2 ** -53 },
  { make: (d: number): Reals => new Float32Array(d), roundoff: 2 ** -24 },
];

function gaussian(count: number, d: number, seed: number, make: (d: number) => Reals): Reals[] {
  const rows = Array.from({ length: count }, () => make(d));
  fillDirections(rows, { seed, step: 0 }, { kind: "gaussian", scale: 1 });
  return rows;
}

/** Rows that lie within `spread` of one long vector: what reuse leaves behind a step. */
function bundle(count: number, d: number, spread: number, make: (d: number) => Reals): Reals[] {
  const [axis] = gaussian(1, d, 99, make);
  return gaussian(count, d, 7, make).map((row) => row.map((entry, i) => axis![i]! + spread * entry));
}

function apart(a: Reals, b: Reals): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
}

for (const { make, roundoff } of PRECISIONS)
  for (const d of [40, 200, 3001])
    for (const [name, fixed] of [
      ["nothing", []],
      ["random rows", gaussian(4, d, 3, make)],
      ["a bundle", bundle(4, d, 1e-2, make)],
      ["a tight bundle", bundle(3, d, 1e-5, make)],
      ["a tighter bundle", bundle(3, d, 1e-7, make)],
      ["the same row twice", [1, 2].map(() => gaussian(1, d, 5, make)[0]!)],
    ] as const)
      test(`${make(0).constructor.name}, d = ${d}: orthonormal against ${name}, with the signs of reflections`, () => {
        const rows = gaussian(5, d, 11, make);
        const slow = rows.map((row) => row.slice());
        const before = fixed.map((row) => row.slice());
        orthonormalize(fixed, rows);
        reflectOrthonormal(fixed, slow);
        assert.deepEqual(fixed, before);
        const bound = 40 * roundoff;
        for (const [i, row] of rows.entries()) {
          for (const [j, other] of rows.entries())
            assert.ok(Math.abs(dot(row, other) - (i === j ? 1 : 0)) <= bound, `rows ${i}, ${j}`);
          for (const other of fixed)
            assert.ok(Math.abs(dot(row, other)) <= bound * Math.sqrt(dot(other, other)), `row ${i}`);
        }
        // Where fixed rows are dependent, the direction that completes them is anyone's, so the rows differ by it.
        if (name === "random rows" || name === "nothing")
          for (const [i, row] of rows.entries())
            assert.ok(apart(row, slow[i]!) <= 100 * roundoff, `row ${i} differs by ${apart(row, slow[i]!)}`);
      });

test("rows along the axes are left to reflections, whose signs are then special", () => {
  const rows = [0, 1].map((k) => Float64Array.from({ length: 50 }, (_, i) => (i === k ? 2 : 0)));
  const slow = rows.map((row) => row.slice());
  orthonormalize([], rows);
  reflectOrthonormal([], slow);
  assert.deepEqual(rows, slow);
});
