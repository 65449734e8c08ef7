import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { expectClose, expectSame, gamma } from "../../test/expect-close.ts";
import { jsKernels } from "../kernel/js/index.ts";
import { fillDirections } from "../sample/directions.ts";
import { denseSpace } from "../space/dense.ts";
import { carry } from "./carry.ts";
import { border, nearest, principal, shiftGram } from "./history.ts";

const { gram, dot, perturb } = jsKernels;

function rows(m: number, d: number, scale: number, seed: number, step = 0): Float64Array[] {
  const out = Array.from({ length: m }, () => new Float64Array(d));
  fillDirections(out, { seed, step }, { kind: "gaussian", scale });
  return out;
}

const minus = (a: Float64Array, s: Float64Array): Float64Array => a.map((v, i) => v - s[i]!);

/** Bounds the rounding of every entry of a Gram matrix that follows a step: of the sizes that are added and cancelled. */
function bound(D: readonly Float64Array[], s: Float64Array): number {
  const longest = Math.max(...D.map((dx) => Math.sqrt(dot(dx, dx)))) + Math.sqrt(dot(s, s));
  return 4 * gamma(s.length + 8) * longest * longest;
}

const cases = fc.record({
  seed: fc.nat(),
  m: fc.integer({ min: 1, max: 8 }),
  d: fc.integer({ min: 1, max: 40 }),
  radius: fc.constantFrom(1e-5, 1, 100),
  step: fc.constantFrom(1e-6, 0.1, 10),
});

test("the Gram matrix that follows a step is the one of the moved rows", () => {
  fc.assert(
    fc.property(cases, ({ seed, m, d, radius, step }) => {
      const D = rows(m, d, radius, seed);
      const [s] = rows(1, d, step, seed, 1);
      const along = D.map((dx) => dot(dx, s!));
      const moved = D.map((dx) => minus(dx, s!));
      expectClose(shiftGram(gram(D, D), along, dot(s!, s!)), gram(moved, moved), bound(D, s!));
    }),
    { seed: 51, numRuns: 300 },
  );
});

test("a bordered Gram matrix is the one of old and new rows together", () => {
  fc.assert(
    fc.property(cases, fc.integer({ min: 0, max: 5 }), ({ seed, m, d }, r) => {
      const [old, fresh] = [rows(m, d, 1, seed), rows(r, d, 1, seed, 1)];
      const made = border(gram(old, old), m, gram(fresh, old), gram(fresh, fresh), r);
      expectClose(made, gram([...old, ...fresh], [...old, ...fresh]), 4 * gamma(d) * 40 * d);
    }),
    { seed: 52, numRuns: 100 },
  );
});

test("a principal part is the Gram matrix of the rows it names, in their order", () => {
  const D = rows(5, 9, 1, 1);
  for (const keep of [[], [3], [4, 0, 2], [0, 1, 2, 3, 4]]) {
    const kept = keep.map((i) => D[i]!);
    expectClose(principal(gram(D, D), 5, keep), gram(kept, kept), 4 * gamma(9) * 40);
  }
});

test("the nearest serve: all close ones in their own order, else the closest first", () => {
  assert.deepEqual(nearest([3, 1, 2], 10, 3), [0, 1, 2]);
  assert.deepEqual(nearest([3, 1, 2], 10, 2), [1, 2]);
  assert.deepEqual(nearest([3, 1, 2], 10, 2.9), [1, 2]);
  assert.deepEqual(nearest([3, 1, 2], 3, 3), [1, 2], "at the bound is not within it");
  assert.deepEqual(nearest([3, 1, 2], 0, 3), []);
  assert.deepEqual(nearest([3, 1, 2], 10, 0), []);
  assert.deepEqual(nearest([Number.NaN, 1, Number.POSITIVE_INFINITY], 10, 3), [1]);
  assert.deepEqual(nearest([1, 1, 1], 10, 2), [0, 1], "ties go to the older one");
  assert.deepEqual(nearest([], 10, 3), []);
});

test("nearest: whatever is kept is close, few enough, and nearer than what is not kept", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 9, noNaN: true }), { maxLength: 12 }),
      fc.double({ min: 0, max: 9, noNaN: true }),
      fc.double({ min: 0, max: 12, noNaN: true }),
      (distances, within, most) => {
        const keep = nearest(distances, within, most);
        assert.equal(new Set(keep).size, keep.length);
        assert.ok(keep.length <= most);
        const farthest = Math.max(0, ...keep.map((i) => distances[i]!));
        assert.ok(keep.every((i) => distances[i]! < within));
        const left = distances.filter((_, i) => !keep.includes(i)).filter((distance) => distance < within);
        assert.ok(left.every((distance) => distance >= farthest));
        if (left.length > 0) assert.equal(keep.length, Math.floor(most));
      },
    ),
    { seed: 53 },
  );
});

const carried = fc.record({
  seed: fc.nat(),
  m: fc.integer({ min: 1, max: 7 }),
  d: fc.integer({ min: 2, max: 40 }),
  radius: fc.constantFrom(1e-5, 1),
  t: fc.constantFrom(-1, 0, 1e-3, 1, 5),
  c: fc.option(fc.constantFrom(0, 0.5, 2, 7), { nil: undefined }),
  within: fc.constantFrom(0.5, 3, Number.POSITIVE_INFINITY),
  most: fc.integer({ min: 0, max: 8 }),
  recycle: fc.boolean(),
});

test("after a step every sample kept lies where it was, with its value, and the Gram matrix is theirs", () => {
  fc.assert(
    fc.property(carried, ({ seed, m, d, radius, t, c, within, most, recycle }) => {
      const space = denseSpace(d, (length) => new Float64Array(length), recycle);
      const D = rows(m, d, radius, seed);
      const [q] = rows(1, d, 1, seed, 1);
      const values = D.map((_, i) => 10 + i);
      const x = rows(1, d, 1, seed, 2)[0]!;
      const at = (dx: Float64Array, from: Float64Array): Float64Array => from.map((xi, i) => xi + dx[i]!);
      const places = new Map(values.map((value, i) => [value, at(D[i]!, x)] as const));
      const point = c === undefined ? undefined : { length: c, value: 99 };
      if (c !== undefined) {
        const trial = x.slice();
        perturb(trial, x, [[-c, q!]]);
        places.set(99, trial);
      }
      const square = dot(q!, q!);
      const line = { q: q!, square, t, ...(point && { point }) };
      const samples = { rows: D.map((dx) => dx.slice()), values, gram: gram(D, D) };
      const kept = carry(space, samples, line, { within, most, published: false });
      const now = x.slice();
      perturb(now, x, [[-t, q!]]);
      const reach = 10 + 12 * Math.sqrt(square); // nothing here is larger
      const tolerance = 8 * gamma(d + 8) * reach * reach;
      assert.ok(kept.rows.length <= most);
      kept.rows.forEach((dx, i) => {
        expectClose(at(dx, now), places.get(kept.values[i]!)!, 16 * 2 ** -53 * reach, "coordinate");
        assert.ok(Math.sqrt(dot(dx, dx)) < within + tolerance, "too far");
      });
      expectClose(kept.gram, gram(kept.rows, kept.rows), tolerance, "Gram entry");
      expectClose(
        kept.rows.map(
          (dx, i) => Math.sqrt(Math.max(kept.gram[i * kept.rows.length + i]!, 0)) - Math.sqrt(dot(dx, dx)),
        ),
        kept.rows.map(() => 0),
        kept.rows.map((dx) => 1e-9 * Math.sqrt(dot(dx, dx)) + Number.MIN_VALUE), // even of a sample that the step ends at
        "length",
      );
    }),
    { seed: 54, numRuns: 500 },
  );
});

test("a step that ends almost at an old sample keeps the digits of its distance", () => {
  const d = 10;
  const space = denseSpace(d, (length) => new Float64Array(length), false);
  const [q] = rows(1, d, 1, 3);
  const gap = rows(1, d, 1e-7, 4)[0]!;
  const near = q!.map((v, i) => -v + gap[i]!); // the step is -q, so this sample is left at gap
  const D = [near, rows(1, d, 1, 5)[0]!];
  const samples = { rows: D.map((dx) => dx.slice()), values: [1, 2], gram: gram(D, D) };
  const line = { q: q!, square: dot(q!, q!), t: 1 };
  const kept = carry(space, samples, line, { within: Number.POSITIVE_INFINITY, most: 9, published: false });
  const moved = D.map((dx) => dx.map((v, i) => v + q![i]!));
  expectSame(kept.rows[0]!, moved[0]!);
  expectClose(kept.gram, gram(moved, moved), gamma(20) * dot(moved[1]!, moved[1]!));
  expectClose([kept.gram[0]!], [dot(moved[0]!, moved[0]!)], 1e-12 * dot(moved[0]!, moved[0]!));
});
