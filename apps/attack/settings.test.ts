import assert from "node:assert/strict";
import { test } from "node:test";
import { rateFor } from "./settings.ts";

test("a rate passes through the two known and falls with the length of the run, down to 20 iterations", () => {
  const [short, long] = [0.01, 0.0018];
  const rate = (iterations: number): number => rateFor([short, long], iterations);
  assert.equal(rate(200), short);
  assert.ok(Math.abs(rate(2000) - long) <= 4 * 2 ** -53 * long); // a quotient, a power of one, a product
  assert.ok(rate(20_000) < long);
  for (const iterations of [1, 2, 19]) assert.equal(rate(iterations), rate(20));
  assert.ok(rate(20) < 6 * short);
});

test("where nobody searched, rates follow 1 / sqrt(iterations)", () => {
  const scaled = [1, Math.sqrt(200 / 2000)] as const;
  for (const iterations of [20, 50, 800, 20_000])
    assert.ok(Math.abs(rateFor(scaled, iterations) * Math.sqrt(iterations / 200) - 1) <= 1e-14); // some roundings of a logarithm below 3 and of the power it leads to
});
