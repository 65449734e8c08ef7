import assert from "node:assert/strict";
import { test } from "node:test";
import { minibatches } from "./minibatch.ts";

test("a pass holds every example once, and the next pass another order", () => {
  const batch = minibatches(100, 10, 3);
  const pass = (begin: number): number[] => Array.from({ length: 10 }, (_, i) => batch(begin + i)).flat();
  const [first, second] = [pass(0), pass(10)];
  const all = Array.from({ length: 100 }, (_, i) => i);
  assert.deepEqual(
    [...first].sort((a, b) => a - b),
    all,
  );
  assert.deepEqual(
    [...second].sort((a, b) => a - b),
    all,
  );
  assert.notDeepEqual(first, second);
});

test("a minibatch depends on the seed and its number alone", () => {
  const one = minibatches(23, 5, 7);
  const other = minibatches(23, 5, 7);
  const backwards = [9, 4, 3, 0].map((i) => other(i));
  assert.deepEqual([0, 3, 4, 9].map((i) => one(i)).reverse(), backwards);
  assert.notDeepEqual(minibatches(23, 5, 8)(0), one(0));
  for (let i = 0; i < 20; i++) assert.equal(new Set(one(i)).size, 5);
});

test("one minibatch may hold all examples", () => {
  assert.deepEqual([...minibatches(4, 4, 0)(9)].sort(), [0, 1, 2, 3]);
});

test("with classes every minibatch holds its share of each, but for one or two, and a pass still every example once", () => {
  const classes = Array.from({ length: 90 }, (_, i) => (i < 60 ? 0 : i < 80 ? 1 : 2));
  const batch = minibatches(90, 9, 5, classes);
  const seen = new Set<number>();
  for (let i = 0; i < 10; i++) {
    const counts = [0, 0, 0];
    for (const index of batch(i)) {
      counts[classes[index]!]!++;
      seen.add(index);
    }
    [6, 2, 1].forEach((share, own) => {
      assert.ok(Math.abs(counts[own]! - share) <= 1, `minibatch ${i}: ${counts}`);
    });
  }
  assert.equal(seen.size, 90);
  assert.notDeepEqual(batch(0), batch(10));
});
