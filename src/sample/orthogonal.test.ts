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
      test(`${make(0).constructor.name}, d = ${d}: orthonormal against ${name}, as by reflections, on the side of the rows`, () => {
        const rows = gaussian(5, d, 11, make);
        const given = rows.map((row) => row.slice());
        const slow = rows.map((row) => row.slice());
        const before = fixed.map((row) => row.slice());
        orthonormalize(fixed, rows);
        reflectOrthonormal(fixed, slow);
        assert.deepEqual(fixed, before);
        const bound = 40 * roundoff;
        const left = name === "a tighter bundle" ? Math.sqrt(1e-13) : 0; // its rows but one are left out
        for (const [i, row] of rows.entries()) {
          assert.ok(dot(row, given[i]!) > 0, `row ${i} changed sides`); // R_ii > 0
          for (const [j, other] of rows.entries())
            assert.ok(Math.abs(dot(row, other) - (i === j ? 1 : 0)) <= bound, `rows ${i}, ${j}`);
          for (const other of fixed)
            assert.ok(Math.abs(dot(row, other)) <= (bound + left) * Math.sqrt(dot(other, other)), `row ${i}`);
        }
        // Where fixed rows are dependent, the direction that completes them is anyone's, so the rows differ by it.
        if (name === "random rows" || name === "nothing")
          for (const [i, row] of rows.entries()) {
            const side = Math.sign(dot(slow[i]!, given[i]!));
            const found = apart(
              row,
              slow[i]!.map((entry) => side * entry),
            );
            assert.ok(found <= 100 * roundoff, `row ${i} differs by ${found}`);
          }
      });

test("rows at right angles to each other only get length 1, by products and by reflections", () => {
  for (const d of [5, 50]) {
    const axes = [0, 1].map((k) => Float64Array.from({ length: d }, (_, i) => (i === k ? 1 : 0)));
    const sides = axes.map((axis, k) => axis.map((entry) => (k === 0 ? entry : -entry)));
    const rows = sides.map((side) => side.map((entry) => 2 * entry));
    orthonormalize([], rows);
    rows.forEach((row, k) => {
      assert.ok(apart(row, sides[k]!) <= 2 ** -52, `d = ${d}, row ${k}`);
    });
  }
});

test("reflections return R's diagonal", () => {
  const given = gaussian(4, 6, 12, PRECISIONS[0]!.make);
  const rows = given.map((row) => row.slice());
  reflectOrthonormal([], rows).forEach((diagonal, i) => {
    assert.ok(Math.abs(diagonal - dot(rows[i]!, given[i]!)) <= 1e-14 * 6);
  });
});
