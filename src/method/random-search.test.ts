import assert from "node:assert/strict";
import { test } from "node:test";
import { expectClose, expectSame } from "../../test/expect-close.ts";
import { randomSearch } from "./random-search.ts";

test("keeps the best; success grows the radius by 1.5, failure shrinks it by 1.5^(1/4)", () => {
  const method = randomSearch({ samples: 3, radius: 0.5 });
  const start = method.init(Float64Array.of(1, -2, 0.5), 1);
  const points = method.ask(start);
  assert.equal(points.length, 4);
  expectSame(points[0]!, start.x);

  const better = method.tell(start, points, [5, 4.5, 4, 4.75]);
  expectSame(better.x, points[2]!);
  assert.equal(better.value, 4);
  expectClose([better.radius], [0.75], 1e-15, "radius");

  const tries = method.ask(better);
  assert.equal(tries.length, 3);
  for (const values of [
    [4, 4.5, 4.25],
    [Number.NaN, 7, 6],
  ]) {
    const worse = method.tell(better, tries, values);
    expectSame(worse.x, better.x);
    assert.equal(worse.value, 4);
    expectClose([worse.radius], [0.75 / Math.sqrt(Math.sqrt(1.5))], 1e-15, "radius");
  }

  const again = method.tell(better, tries, [4.5, 4.25, 3.5]);
  expectSame(again.x, tries[2]!);
  expectClose([again.radius], [1.125], 1e-15, "radius");
});

test("the radius is the root mean square of a step's entries", () => {
  const d = 10_000;
  const method = randomSearch({ samples: 1, radius: 0.5 });
  const start = method.init(new Float64Array(d), 1);
  const later = method.tell(start, method.ask(start), [2, 1]);
  const rms = (x: Float64Array, p: Float64Array): number =>
    Math.sqrt(p.reduce((sum, pi, i) => sum + (pi - x[i]!) ** 2 / d, 0));
  const sizes = [rms(start.x, method.ask(start)[1]!), rms(later.x, method.ask(later)[0]!)];
  // The relative deviation of the root mean square of d normal entries is 1 / sqrt(2 d).
  expectClose(sizes, [0.5, 0.75], [(0.5 * 6) / Math.sqrt(2 * d), (0.75 * 6) / Math.sqrt(2 * d)]);
});
