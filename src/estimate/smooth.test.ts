import assert from "node:assert/strict";
import { test } from "node:test";
import { expectClose } from "../../test/expect-close.ts";
import { jsKernels } from "../kernel/js/index.ts";
import { DIRECTIONS, fillDirections } from "../sample/directions.ts";
import { smooth, usable } from "./smooth.ts";

const { dot } = jsKernels;

for (const kind of DIRECTIONS)
  test(`${kind}: the mean of many estimates is the gradient of a linear function`, () => {
    const [d, q, draws, mu] = [5, 4, 20_000, 0.1];
    const c = Float64Array.of(3, -1, 2, 0.5, -4);
    const mean = new Float64Array(d);
    for (let step = 0; step < draws; step++) {
      const Z = Array.from({ length: q }, () => new Float64Array(d));
      fillDirections(Z, { seed: 2, step }, { kind, scale: 1 });
      const coefficients = smooth(
        Z.map((z) => mu * dot(z, c)),
        mu,
      );
      Z.forEach((z, k) => {
        for (let i = 0; i < d; i++) mean[i]! += (coefficients[k]! * z[i]!) / draws;
      });
    }
    // An entry of z <z, c> has variance at most d |c|^2 for all of these kinds, and q draws of them are averaged.
    expectClose(mean, c, 6 * Math.sqrt((d * dot(c, c)) / (q * draws)));
  });

test("failed queries are left out, and the others share the whole weight", () => {
  const clean = smooth([1, -2, 3], 0.5);
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300, -1e300]) {
    const spoilt = smooth([1, bad, -2, 3], 0.5);
    assert.deepEqual([...spoilt], [clean[0], 0, clean[1], clean[2]]);
    assert.equal(usable(bad / 0.5), false);
  }
  assert.deepEqual([...smooth([Number.NaN, Number.NaN], 0.5)], [0, 0]);
  assert.deepEqual([...smooth([], 0.5)], []);
});
