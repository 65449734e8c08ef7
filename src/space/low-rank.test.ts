import assert from "node:assert/strict";
import { test } from "node:test";
import { expectClose, expectSame, gamma } from "../../test/expect-close.ts";
import { lowRankDirection } from "../../test/low-rank-reference.ts";
import { jsSeeds } from "../kernel/js/seeds.ts";
import type { Term } from "../kernel/kernels.ts";
import type { Seed } from "../kernel/seeds.ts";
import { keyOf } from "../sample/stream.ts";
import { lowRank } from "./low-rank.ts";
import { elementwise, type SeededDirections } from "./seeded-directions.ts";
import { bareIterate, copiedIterate } from "./seeded-iterate.ts";

/** A vector, matrices tall and wide, one of four dimensions, and two with a side not longer than the rank. */
const SHAPES = [[7], [30, 9], [2, 40], [12, 3, 2, 2], [5, 50], [11], [4, 0], [33, 1]];
const OPTIONS = { rank: 2, lazy: 3 };
const D = SHAPES.reduce((sum, shape) => sum + shape.reduce((a, b) => a * b), 0);
const X = Float32Array.from({ length: D }, (_, i) => Math.sin(i));

function partsOf(x: Float32Array): { array: Float32Array; begin: number; shape: number[] }[] {
  let begin = 0;
  return SHAPES.map((shape) => {
    const length = shape.reduce((a, b) => a * b);
    begin += length;
    return { array: x.subarray(begin - length, begin), begin: begin - length, shape };
  });
}

const over = (options = OPTIONS): SeededDirections => lowRank(partsOf(X), options, jsSeeds);
const seed = (row: number, step = 0): Seed => keyOf({ seed: 2 ** 45 + 3, step }, row);
/** Two rows of a step, two later steps with the same V, one with another. */
const SEEDS = [seed(0), seed(1), seed(0, 1), seed(5, 2), seed(0, 3)];
const rowsOf = (options = OPTIONS): Float64Array[] => SEEDS.map((z) => lowRankDirection(SHAPES, options, z));

for (const rank of [1, 2, 5]) {
  const options = { ...OPTIONS, rank };

  test(`rank ${rank}: a sum of directions is that of the written-out ones, rounded to float32`, () => {
    const coefficients = [0.3, -1, 2e-3, 5, 0.7];
    const kept = Float32Array.from({ length: D }, (_, i) => Math.cos(i));
    const out = new Float32Array(D);
    over(options)
      .sum(SEEDS.map((z, i): Term<Seed> => [coefficients[i]!, z]))
      .add(out, X, 0, [0.25, kept]);
    const rows = rowsOf(options);
    const terms = (i: number): number[] => [X[i]!, 0.25 * kept[i]!, ...rows.map((row, k) => coefficients[k]! * row[i]!)]; // biome-ignore format: one line
    const expected = Float64Array.from(X, (_, i) => terms(i).reduce((a, b) => a + b));
    // every number that goes into an entry is below 4.4^2 sqrt(rank) sum |c|, and some 5 rank of them are rounded
    const size = 20 * Math.sqrt(rank) * coefficients.reduce((sum, c) => sum + Math.abs(c), 1);
    expectClose(out, expected, gamma(5 * rank + 8, 2 ** -24) * size);
  });

  test(`rank ${rank}: products are those of the written-out directions, whatever else is asked`, () => {
    const directions = over(options);
    const rows = rowsOf(options);
    const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
      Array.from(a, (value, i) => value * b[i]!).reduce((sum, value) => sum + value, 0);
    const gram = directions.gram(SEEDS, SEEDS);
    const tolerance = gamma(4 * D) * 20 * rank * D;
    expectClose(gram, rows.flatMap((a) => rows.map((b) => dot(a, b))), tolerance); // biome-ignore format: one line
    for (const [i, a] of SEEDS.entries())
      for (const [j, b] of SEEDS.entries()) {
        assert.equal(directions.gram([a], [b])[0], gram[5 * i + j]);
        assert.equal(gram[5 * j + i], gram[5 * i + j]);
      }
    expectClose(directions.along(SEEDS, X), rows.map((row) => dot(row, X)), tolerance); // biome-ignore format: one line
    expectSame(directions.along([SEEDS[3]!], X), directions.along(SEEDS, X).slice(3, 4));
  });
}

test("parts that begin and end anywhere hold what the whole does, and every sum can be taken away", () => {
  const { add, subtract } = over().sum(SEEDS.map((z, i): Term<Seed> => [1e-3 * (i - 1.5), z]));
  const whole = new Float32Array(D);
  add(whole, X, 0);
  for (const [begin, end] of [
    [0, 1],
    [3, 60],
    [8, 9],
    [100, 500],
    [277, D],
    [D, D],
  ] as const) {
    // biome-ignore format: one line
    const part = X.slice(begin, end);
    add(part, part, begin);
    expectSame(part, whole.slice(begin, end));
    const back = new Float32Array(part.length);
    subtract(back, part, begin);
    expectClose(back, X.subarray(begin, end), 1e-6);
  }
  const same = X.slice();
  over().sum([]).add(same, same, 0);
  expectSame(same, X);
});

test("entries have mean square 1 and are uncorrelated", () => {
  const directions = lowRank([{ array: new Float32Array(12), begin: 0, shape: [4, 3] }], OPTIONS, jsSeeds);
  const count = 20_000;
  const second = new Float64Array(144);
  for (let k = 0; k < count; k++) {
    const z = new Float32Array(12);
    directions.sum([[1, seed(0, 3 * k)]]).add(z, z, 0);
    for (let e = 0; e < 144; e++) second[e]! += (z[Math.floor(e / 12)]! * z[e % 12]!) / count;
  }
  // a product of two entries has variance 5 at most, E (u v + p q)^4 / 4 - 1: five deviations of a mean of so many
  expectClose(second, Float64Array.from(second, (_, e) => (e % 13 === 0 ? 1 : 0)), 5 * Math.sqrt(5 / count)); // biome-ignore format: one line
});

test("V is the same in all rows of `lazy` steps, and another one then", () => {
  const parts = [{ array: new Float32Array(20), begin: 0, shape: [4, 5] }];
  const directions = lowRank(parts, { rank: 1, lazy: 3 }, jsSeeds);
  const draw = (row: number, step: number): Float32Array => {
    const z = new Float32Array(20);
    directions.sum([[1, seed(row, step)]]).add(z, z, 0);
    return z;
  };
  /** Of rank 1 with one V all rows of both are parallel: every 2 x 2 minor vanishes. */
  const minor = (a: Float32Array, b: Float32Array): number => Math.abs(a[0]! * b[6]! - a[1]! * b[5]!);
  const first = draw(0, 0);
  for (const other of [first, draw(1, 0), draw(0, 1), draw(7, 2)]) assert.ok(minor(first, other) < 1e-5);
  for (const other of [draw(0, 3), draw(0, 300)]) assert.ok(minor(first, other) > 1e-3);
  assert.ok(Math.abs(first[0]! - draw(0, 1)[0]!) > 1e-3, "U is fresh");
});

test("where no tensor is a matrix, directions are the gaussian ones", () => {
  const parts = [{ array: X.subarray(0, 100), begin: 0 }, { array: X.subarray(100), begin: 100, shape: [2, (D - 100) / 2] }]; // biome-ignore format: one line
  const [found, expected] = [lowRank(parts, OPTIONS, jsSeeds), elementwise("gaussian", D, jsSeeds)];
  expectSame(found.gram(SEEDS, SEEDS), expected.gram(SEEDS, SEEDS));
  const [a, b] = [X.slice(), X.slice()];
  found.sum([[0.1, seed(0)]]).add(a, a, 0);
  expected.sum([[0.1, seed(0)]]).add(b, b, 0);
  expectSame(a, b);
});

for (const [name, make] of Object.entries({ "with a copy": copiedIterate, "in place": bareIterate }))
  test(`${name}: parameters are displaced, restored bit for bit, and moved`, () => {
    const x = X.slice();
    const iterate = make(partsOf(x), over());
    const terms = [[1e-3, { terms: SEEDS.map((z): Term<Seed> => [1, z]) }]] as const;
    const displaced = X.slice();
    over().sum(SEEDS.map((z): Term<Seed> => [1e-3, z])).add(displaced, displaced, 0); // biome-ignore format: one line
    iterate.place(terms);
    expectSame(x, displaced);
    iterate.restore();
    expectSame(x, X);
    assert.equal(iterate.adopt(), false);
    assert.ok(iterate.move(terms));
    expectSame(x, displaced);
    const huge = [[1e38, { terms: SEEDS.map((z): Term<Seed> => [1, z]) }]] as const;
    assert.ok(!iterate.move(huge));
    expectSame(x, displaced);
  });
