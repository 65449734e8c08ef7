import assert from "node:assert/strict";
import { test } from "node:test";
import { jsSeeds } from "../kernel/js/seeds.ts";
import type { SeedKind } from "../kernel/seeds.ts";
import type { Reals } from "../point/reals.ts";
import { fillDirections } from "../sample/directions.ts";
import { denseSpace } from "./dense.ts";
import { type Recipe, seededSpace } from "./seeded.ts";
import { elementwise } from "./seeded-directions.ts";
import { bareIterate, copiedIterate, type Part, writing } from "./seeded-iterate.ts";
import type { Terms } from "./space.ts";

const KINDS: readonly SeedKind[] = ["rademacher", "gaussian"];
const STREAM = { seed: 11, step: 2 };

/** The recipe's numbers in float64, from directions written out. */
function written(kind: SeedKind, v: Recipe, d: number): Float64Array<ArrayBuffer> {
  const out = new Float64Array(d);
  for (const [c, z] of v.terms) {
    let row: Reals = new Float64Array(d);
    if (z instanceof Float32Array) row = z;
    else {
      const rows = Array.from({ length: z[3] + 1 }, () => new Float64Array(d));
      fillDirections(rows, { seed: z[0], step: z[2] }, { kind, scale: 1 });
      row = rows[z[3]]!;
    }
    for (let i = 0; i < d; i++) out[i]! += c * row[i]!;
  }
  return out;
}

for (const kind of KINDS) {
  test(`${kind}: products and combinations are those of the dense space`, () => {
    const d = 300;
    const kept = [1, 2].map((k) => Float32Array.from({ length: d }, (_, i) => Math.sin(k * i)));
    const space = seededSpace(elementwise(kind, d, jsSeeds));
    const dense = denseSpace<Float64Array>(d, (length) => new Float64Array(length), false);
    const [a, b, c] = space.draw(3, STREAM, { kind, scale: 0.5 }) as [Recipe, Recipe, Recipe];
    const p = space.combine([[2, a], [-3, b], [0.5, { terms: [[1, kept[0]!]] }]]); // biome-ignore format: a list of terms
    const q = space.shift(p, [[1, c], [1, b], [-1, { terms: [[4, kept[1]!], [1, kept[0]!]] }]]); // biome-ignore format: a list of terms
    const recipes = [a, p, q, c];
    const rows = recipes.map((v) => written(kind, v, d));
    const near = (found: Float64Array, expected: Float64Array): void =>
      found.forEach((value, i) => {
        assert.ok(Math.abs(value - expected[i]!) <= 1e-11 * d, `${i}: ${value} for ${expected[i]}`);
      });
    near(space.gram(recipes, recipes), dense.gram(rows, rows));
    near(space.gram([q], recipes), dense.gram([rows[2]!], rows));
    assert.ok(Math.abs(space.dot(p, q) - dense.dot(rows[1]!, rows[2]!)) <= 1e-11 * d);
    space.keepOnly([a]);
    near(space.gram(recipes, [q]), dense.gram(rows, [rows[2]!]));
    rows[1]!.forEach((value, i) => {
      const expected = 2 * rows[0]![i]! - 3 * written(kind, b, d)[i]! + 0.5 * kept[0]![i]!;
      assert.ok(Math.abs(value - expected) <= 1e-14 * 40);
    });
  });

  for (const [name, make] of [
    ["with a copy", copiedIterate],
    ["in place", bareIterate],
  ] as const)
    test(`${kind}, ${name}: displaced, restored bit for bit, moved, and told of someone else's hand`, () => {
      const d = 40_000;
      // small, zero, minus zero and large: what a displacement of 1e-3 rounds away, and what it does not
      const values = Float32Array.from(
        { length: d },
        (_, i) => [0, -0, 1e-9, 3.7e-4, 0.02, -5, 1e4, 1e-38][i % 8]! * (1 + i / d),
      );
      const arrays = [values.slice(0, 100), values.slice(100, 39_001), values.slice(39_001)];
      const parts: Part[] = [0, 100, 39_001].map((begin, i) => ({ array: arrays[i]!, begin }));
      const directions = elementwise(kind, d, jsSeeds);
      const space = seededSpace(directions);
      const [a, b] = space.draw(2, STREAM, { kind, scale: 1e-3 }) as [Recipe, Recipe];
      const iterate = make(parts, directions);
      const joined = (): Float32Array => Float32Array.from(arrays.flatMap((array) => [...array]));
      const at = (terms: Terms<Recipe>, from: Float32Array): Float32Array => {
        const out = new Float32Array(d);
        writing(directions, space.combine(terms)).add(out, from, 0);
        return out;
      };
      assert.equal(iterate.adopt(), false);
      for (const terms of [
        [[1, a]],
        [
          [1, b],
          [-2, a],
        ],
        [
          [0.5, { terms: [[1, new Float32Array(d).fill(2)]] }],
          [1, a],
        ],
      ] as const) {
        iterate.place(terms);
        assert.deepEqual(joined(), at(terms, values));
      }
      iterate.restore();
      assert.deepEqual(joined(), values);
      assert.equal(iterate.adopt(), false);
      iterate.place([[1, b]]);
      iterate.move([[-3, a]]);
      const moved = at([[-3, a]], values);
      assert.deepEqual(joined(), moved);
      assert.equal(iterate.adopt(), false);
      arrays[1]![7]! += 1;
      assert.equal(iterate.adopt(), true);
      moved[107]! += 1;
      iterate.place([[1, b]]);
      iterate.restore();
      assert.deepEqual(joined(), moved);
    });
}

test("the copy of all parameters is one vector, however many arrays they are in", () => {
  const made: number[] = [];
  const vector = (length: number): Float32Array => new Float32Array(made[made.push(length) - 1]!);
  const parts: Part[] = [0, 100, 110].map((begin) => ({
    array: new Float32Array(begin === 0 ? 100 : 10),
    begin,
  }));
  copiedIterate(parts, elementwise("gaussian", 120, { ...jsSeeds, vector }));
  assert.deepEqual(made, [120]);
});
