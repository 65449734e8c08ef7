import assert from "node:assert/strict";
import { test } from "node:test";
import { uniforms } from "./stream.ts";

const N = 100_000;

test("uniform numbers lie inside (0, 1), with the mean, variance and neighbours of independent ones", () => {
  const u = uniforms({ seed: 5, step: 2 }, 3, N);
  let [mean, square, product] = [0, 0, 0];
  for (let i = 0; i < N; i++) {
    assert.ok(u[i]! > 0 && u[i]! < 1);
    mean += u[i]! / N;
    square += (u[i]! - 0.5) ** 2 / N;
    if (i > 0) product += ((u[i]! - 0.5) * (u[i - 1]! - 0.5)) / N;
  }
  // Six standard deviations: of u it is sqrt(1/12), of (u - 1/2)^2 sqrt(1/180), of a product 1/12.
  assert.ok(Math.abs(mean - 0.5) < 6 * Math.sqrt(1 / 12 / N));
  assert.ok(Math.abs(square - 1 / 12) < 6 * Math.sqrt(1 / 180 / N));
  assert.ok(Math.abs(product) < 6 / 12 / Math.sqrt(N));
});

test("a longer row begins with the shorter one", () => {
  const long = uniforms({ seed: 5, step: 2 }, 3, 9000);
  for (const length of [0, 1, 3, 4, 5, 4095, 4096, 4097, 8192])
    assert.deepEqual(uniforms({ seed: 5, step: 2 }, 3, length), long.slice(0, length));
});
