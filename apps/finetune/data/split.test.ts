import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dataset } from "./examples.ts";
import { countClasses } from "./examples.ts";
import { perClass, split, subset } from "./split.ts";

/** n examples of which every fourth is of class "rare". */
function dataset(n: number): Dataset {
  const examples = Array.from({ length: n }, (_, i) => ({
    fields: { text: `${i}` },
    label: i % 4 === 0 ? 1 : 0,
  }));
  return { name: "made", examples, classes: ["usual", "rare"] };
}

const texts = ({ examples }: Dataset): string[] => examples.map(({ fields }) => fields.text!);

test("parts are disjoint, of the sizes asked for, and the seed's alone", () => {
  const parts = split(dataset(100), [50, 30, 20], { seed: 3 });
  assert.deepEqual(
    parts.map(({ examples }) => examples.length),
    [50, 30, 20],
  );
  assert.equal(new Set(parts.flatMap(texts)).size, 100);
  assert.deepEqual(parts.map(texts), split(dataset(100), [50, 30, 20], { seed: 3 }).map(texts));
  assert.deepEqual(texts(parts[0]!), texts(subset(dataset(100), 50, { seed: 3 })));
  assert.notDeepEqual(texts(parts[0]!), texts(subset(dataset(100), 50, { seed: 4 })));
  assert.notDeepEqual(texts(parts[0]!), texts(subset(dataset(100), 50)));
});

test("every example is as likely as any other to be drawn", () => {
  const counts = new Array<number>(20).fill(0);
  const draws = 2000;
  for (let seed = 0; seed < draws; seed++)
    for (const text of texts(subset(dataset(20), 5, { seed }))) counts[Number(text)]! += 1;
  // A count is binomial with mean 500 and deviation 19.4; five deviations are crossed once in 90,000 sets of 20 counts.
  for (const count of counts) assert.ok(Math.abs(count - draws / 4) <= 97, `${counts}`);
});

test("stratified parts keep the proportions of the classes", () => {
  for (const seed of [0, 1, 2]) {
    const parts = split(dataset(100), [40, 20, 12], { seed, stratified: true });
    assert.deepEqual(parts.map(countClasses), [
      [30, 10],
      [15, 5],
      [9, 3],
    ]);
    assert.equal(new Set(parts.flatMap(texts)).size, 72);
  }
  const [first, other] = [0, 1].map((seed) => texts(subset(dataset(100), 40, { seed, stratified: true })));
  assert.notDeepEqual(first, other);
});

test("k of every class, or the class that has too few", () => {
  const few = perClass(dataset(100), 16, 7);
  assert.deepEqual(countClasses(few), [16, 16]);
  assert.deepEqual(texts(few), texts(perClass(dataset(100), 16, 7)));
  assert.throws(() => perClass(dataset(100), 26), {
    code: "DATA",
    message: /the class "rare" has 25 examples; 26/,
  });
  assert.throws(() => perClass({ ...dataset(100), classes: ["usual", "rare", "never"] }, 1), {
    code: "DATA",
    message: /the class "never" has no example/,
  });
});

test("sizes that cannot be had are refused", () => {
  assert.throws(() => split(dataset(10), [8, 3]), { code: "DATA", message: /made has 10 examples.*got 11/ });
  assert.throws(() => split(dataset(10), [2.5]), {
    code: "OPTION",
    message: /size 0 must be a whole number from 1; got 2\.5/,
  });
  assert.throws(() => subset({ ...dataset(10), classes: [] }, 2, { stratified: true }), {
    code: "DATA",
    message: /needs labels/,
  });
});
