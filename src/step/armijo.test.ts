import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { beginSearch, parabola, type Search, tellSearch } from "./armijo.ts";

const DECREASE = 1e-4;

/** Runs a search along phi(t) = f(x - t p), and gives its end. */
function run(phi: (t: number) => number, slope: number, first: number): Search {
  let search = beginSearch(phi(0), slope, Math.sqrt(Math.abs(slope)), first);
  for (let k = 0; search.accepted === undefined; k++) {
    assert.ok(k < 100, "the search does not end");
    assert.ok(search.length > 0 && Number.isFinite(search.length), `asks at ${search.length}`);
    search = tellSearch(search, phi(search.length));
  }
  return search;
}

test("what is accepted decreases f enough, was tried, and is the best that passed", () => {
  const cases = fc.record({
    slope: fc.double({ min: -1e3, max: -1e-3, noNaN: true }),
    bend: fc.double({ min: -1e3, max: 1e6, noNaN: true }),
    ripple: fc.double({ min: 0, max: 10, noNaN: true }),
    value: fc.constantFrom(0, 1, -5, 1e6),
    first: fc.constantFrom(1e-6, 1e-2, 1, 1e3),
  });
  fc.assert(
    fc.property(cases, ({ slope, bend, ripple, value, first }) => {
      const phi = (t: number): number => value + slope * t + bend * t * t + ripple * (1 - Math.cos(5 * t));
      const { accepted, tried } = run(phi, slope, first);
      const { length, value: reached } = accepted!;
      assert.ok(tried.length <= 12);
      const passed = tried.filter((t) => t.value - value <= DECREASE * t.length * slope);
      if (length === 0) {
        assert.equal(reached, value);
        assert.equal(passed.length, 0);
      } else {
        assert.ok(tried.some((t) => t.length === length && t.value === reached));
        assert.ok(reached - value <= DECREASE * length * slope);
        assert.ok(passed.every((t) => t.value >= reached));
      }
    }),
    { seed: 61, numRuns: 500 },
  );
});

test("on a parabola the second trial hits the minimum, from either side", () => {
  for (const first of [0.25, 3.9, 20]) {
    const phi = (t: number): number => 7 - 2 * t + t * t; // least at t = 1
    const { accepted, tried } = run(phi, -2, first);
    assert.ok(Math.abs(accepted!.length - 1) < 0.95, `${accepted!.length}`);
    assert.ok(accepted!.value <= phi(0) - 0.09);
    if (first === 0.25) {
      assert.deepEqual(tried.at(-1), { length: 1, value: 6 });
      assert.equal(tried.length, 2);
    }
  }
});

test("a first step near the best one is taken at the cost of one query", () => {
  assert.equal(run((t) => (t - 1) ** 2, -2, 0.9).tried.length, 1);
  assert.equal(run((t) => (t - 1) ** 2, -2, 1.3).tried.length, 1);
});

test("on a long slope the step grows, up to tenfold a trial", () => {
  const { accepted, tried } = run((t) => -t, -1, 1e-6);
  assert.equal(accepted!.length, 1e-6 * 10 ** (tried.length - 1));
  assert.equal(tried.length, 12);
});

test("a longer trial that is worse, or fails, leaves the shorter one that passed", () => {
  for (const beyond of [100, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const { accepted, tried } = run((t) => (t > 2 ? beyond : -t), -1, 1);
    assert.deepEqual(accepted, { length: 1, value: -1 });
    assert.equal(tried.length, 2);
  }
});

test("where nothing passes the step is 0, after twelve trials that shrink by 2 to 10 each", () => {
  const constant = (t: number): number => (t === 0 ? 1 : 1.5);
  for (const phi of [constant, (t: number) => (t === 0 ? 1 : Number.NaN), (t: number) => 1 + t]) {
    const { accepted, tried } = run(phi, -1, 1);
    assert.deepEqual(accepted, { length: 0, value: 1 });
    assert.equal(tried.length, 12);
    tried.slice(1).forEach((t, k) => {
      const ratio = t.length / tried[k]!.length;
      assert.ok(ratio >= 0.1 - 1e-15 && ratio <= 0.5, `shrunk by ${ratio}`);
    });
  }
});

test("a value of -Infinity is a failed query, not a descent", () => {
  const { accepted } = run((t) => (t > 0.01 ? Number.NEGATIVE_INFINITY : -t), -1, 1);
  assert.ok(accepted!.length <= 0.01 && accepted!.value === -accepted!.length);
});

test("a direction that points uphill is never climbed, not even a little", () => {
  const { accepted } = run((t) => 1 + 1e-9 * t, 1, 1);
  assert.equal(accepted!.length, 0);
});

test("constants of f do not matter, however large", () => {
  const phi = (t: number): number =>
    Math.round((0.5 * (t - 1) ** 2 + 0.1 * Math.cos(9 * t)) * 2 ** 20) / 2 ** 20;
  for (const first of [0.01, 1, 8]) {
    const [low, high] = [0, 2 ** 30].map((constant) => run((t) => phi(t) + constant, -1, first));
    assert.deepEqual(
      low!.tried.map((t) => t.length),
      high!.tried.map((t) => t.length),
    );
    assert.equal(low!.accepted!.length, high!.accepted!.length);
  }
});

test("telling changes nothing that was given", () => {
  const search = beginSearch(1, -1, 1, 1);
  const before = structuredClone(search);
  tellSearch(search, 2);
  assert.deepEqual(search, before);
});

test("the parabola through f(0), f'(0) and f(t) has its minimum where calculus says", () => {
  for (const [a, b] of [
    [1, 1],
    [2, 0.5],
    [0.1, 30],
  ] as const) {
    const phi = (t: number): number => 3 - a * t + b * t * t;
    const found = parabola({ value: 3, slope: -a }, 0.7, phi(0.7));
    assert.ok(Math.abs(found - a / (2 * b)) <= 1e-13 * (a / (2 * b)) * (3 / (b * 0.49)));
  }
  assert.equal(parabola({ value: 3, slope: -1 }, 1, 2), Number.POSITIVE_INFINITY);
  assert.equal(parabola({ value: 3, slope: -1 }, 1, 1), Number.POSITIVE_INFINITY);
  assert.equal(parabola({ value: 3, slope: -1 }, 1, Number.NaN), 0);
});
