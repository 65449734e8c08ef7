import assert from "node:assert/strict";
import { test } from "node:test";
import { RelizoError } from "../error.ts";
import { hash, normal, uniform } from "./hash.ts";
import { problemNamed } from "./index.ts";
import {
  late,
  noisy,
  type Objective,
  reflected,
  signFlipped,
  withHuge,
  withNaN,
  withThrows,
} from "./tough.ts";

const f: Objective = (x) => x[0]!;
const point = Float64Array.of(3);

/** The first n answers, an exception as "thrown". */
function answers(g: Objective, n: number): (number | string)[] {
  return Array.from({ length: n }, () => {
    try {
      return g(point);
    } catch {
      return "thrown";
    }
  });
}

test("the same seed spoils the same queries, another seed others, at about the rate asked for", () => {
  const n = 4000;
  for (const [spoil, bad] of [
    [withNaN, Number.NaN],
    [withThrows, "thrown"],
    [withHuge, 1e300],
  ] as const) {
    for (const rate of [0, 0.1, 0.5, 1]) {
      const got = answers(spoil(f, { seed: 5, rate }), n);
      assert.deepEqual(answers(spoil(f, { seed: 5, rate }), n), got);
      const spoilt = got.filter((y) => Object.is(y, bad)).length;
      assert.equal(got.filter((y) => y === 3).length, n - spoilt);
      // Six standard deviations of a binomial count; none at rates 0 and 1.
      if (!(Math.abs(spoilt - rate * n) <= 6 * Math.sqrt(n * rate * (1 - rate))))
        assert.fail(`${spoilt} of ${n} at ${rate}`);
      if (rate > 0 && rate < 1) assert.notDeepEqual(answers(spoil(f, { seed: 6, rate }), n), got);
    }
  }
});

test("noise is a fresh standard normal number times the level at every query, the same for the same seed", () => {
  const n = 20_000;
  const g = noisy(f, { seed: 1, level: 0.5 });
  const noise = Array.from({ length: n }, () => (g(point) - 3) / 0.5);
  const mean = noise.reduce((sum, e) => sum + e, 0) / n;
  const square = noise.reduce((sum, e) => sum + e * e, 0) / n;
  // The mean deviates by n^-1/2, the mean square by (2/n)^1/2.
  if (!(Math.abs(mean) <= 6 / Math.sqrt(n))) assert.fail(`mean ${mean}`);
  if (!(Math.abs(square - 1) <= 6 * Math.sqrt(2 / n))) assert.fail(`mean square ${square}`);
  assert.equal(new Set(noise).size, n);
  assert.deepEqual(answers(noisy(f, { seed: 9, level: 1 }), 5), answers(noisy(f, { seed: 9, level: 1 }), 5));
  assert.deepEqual(answers(noisy(f, { seed: 9, level: 0 }), 5), [3, 3, 3, 3, 3]);
});

test("spoilers go around one another", () => {
  const g = withNaN(noisy(f, { seed: 1, level: 1e-3 }), { seed: 2, rate: 0.5 });
  const got = answers(g, 100);
  assert.ok(got.some((y) => Number.isNaN(y)));
  assert.ok(got.some((y) => typeof y === "number" && Math.abs(y - 3) < 0.01));
});

test("late answers are right though out of order, and of the x that was asked", async () => {
  const g = late(f, { seed: 3, atMost: 20 });
  const x = Float64Array.of(0);
  const order: number[] = [];
  const all = Array.from({ length: 10 }, (_, i) => {
    x[0] = i;
    return g(x).then((y) => {
      order.push(y);
      return y;
    });
  });
  assert.deepEqual(await Promise.all(all), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.notDeepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await assert.rejects(
    late(withThrows(f, { seed: 1, rate: 1 }), { seed: 1, atMost: 0 })(point),
    /spoilt on purpose/,
  );
});

test("flipped signs: the start keeps its value, distances are kept, and coordinate i mirrors by its sign", () => {
  const problem = problemNamed("ARWHEAD");
  const flipped = signFlipped(problem, 11);
  const start = problem.start(30);
  assert.deepEqual(flipped.start(30), start);
  assert.equal(flipped.value(start), problem.value(start));
  let mirrored = 0;
  for (let i = 0; i < 30; i++) {
    const [up, down] = [start.slice(), start.slice()];
    up[i]! += 0.25;
    down[i]! -= 0.25;
    const sign = hash(11, i) % 2 === 1 ? -1 : 1;
    if (sign < 0) mirrored++;
    assert.equal(flipped.value(up), problem.value(sign < 0 ? down : up));
  }
  assert.ok(mirrored > 5 && mirrored < 25, `${mirrored} of 30`);
});

for (const [words, move] of [
  ["flipped", signFlipped],
  ["reflected", reflected],
] as const) {
  test(`a ${words} problem is its own problem seen twice, keeps starts' values, and its gradient is right`, () => {
    const problem = problemNamed("SROSENBR");
    const moved = move(problem, 4);
    const twice = move({ ...moved, start: problem.start }, 4);
    assert.match(moved.name, /^SROSENBR \(.* 4\)$/);
    for (const [name, start] of Object.entries(problem.otherStarts!)) {
      const [there, here] = [moved.value(moved.otherStarts![name]!(20)), problem.value(start(20))];
      if (!(Math.abs(there - here) <= 1e-12 * here)) assert.fail(`${name}: ${there} for ${here}`);
    }
    const x = problem.start(20).map((xi, i) => xi + 0.3 * normal(1, i));
    const value = problem.value(x);
    if (!(Math.abs(twice.value(x) - value) <= 1e-12 * value)) assert.fail(`${twice.value(x)} for ${value}`);
    const g = moved.gradient(x);
    for (let i = 0; i < 20; i++) {
      const [ahead, behind] = [x.slice(), x.slice()];
      ahead[i]! += 1e-5;
      behind[i]! -= 1e-5;
      const slope = (moved.value(ahead) - moved.value(behind)) / 2e-5;
      if (!(Math.abs(slope - g[i]!) <= 1e-5 * (1 + Math.abs(g[i]!))))
        assert.fail(`g[${i}] = ${g[i]}, slope ${slope}`);
    }
  });
}

test("counted randomness: streams and counters differ, bits are even, the ends of (0, 1) are left out", () => {
  const seen = new Set<number>();
  for (let seed = -5; seed < 5; seed++) for (let k = 0; k < 200; k++) seen.add(hash(seed, k));
  assert.ok(seen.size >= 1999, `${seen.size} different among 2000`);
  const counts = new Array<number>(32).fill(0);
  for (let k = 0; k < 4096; k++) for (let b = 0; b < 32; b++) counts[b]! += (hash(7, k) >>> b) & 1;
  for (const count of counts) assert.ok(Math.abs(count - 2048) <= 6 * 32, `${count} of 4096`);
  for (let k = 0; k < 1000; k++) {
    const t = uniform(3, k);
    assert.ok(t > 0 && t < 1);
    assert.ok(Number.isFinite(normal(3, k)));
  }
});

test("an impossible option is refused at once, by name", () => {
  const refused = (act: () => unknown, words: RegExp) =>
    assert.throws(
      act,
      (error: unknown) =>
        error instanceof RelizoError && error.code === "OPTION" && words.test(error.message),
    );
  refused(() => withNaN(f, { seed: 1, rate: 1.5 }), /withNaN: rate .* got 1.5/);
  refused(() => withThrows(f, { seed: 0.5, rate: 0 }), /withThrows: seed .* got 0.5/);
  refused(() => noisy(f, { seed: 1, level: Number.NaN }), /noisy: level .* got NaN/);
  refused(() => late(f, { seed: 1, atMost: -1 }), /late: atMost .* got -1/);
  refused(() => signFlipped(problemNamed("BEALE"), Infinity), /signFlipped: seed .* got Infinity/);
});
