import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { normalQuantile, normalTable } from "./normal-table.ts";

/** Quantiles to 15 digits and more, from published tables (Abramowitz, Stegun, table 26.5; NIST; R's qnorm). */
const PUBLISHED: readonly (readonly [p: number, z: number])[] = [
  [0.5, 0],
  [0.75, 0.674489750196082],
  [0.9, 1.2815515655446],
  [0.95, 1.64485362695147],
  [0.975, 1.959963984540054],
  [0.99, 2.326347874040841],
  [0.995, 2.575829303548901],
  [0.999, 3.090232306167814],
  [0.9995, 3.290526731491896],
  [0.9999, 3.719016485455709],
  [0.99999, 4.264890793922825],
  [0.999999, 4.753424308822899],
];

test("quantiles are the published ones, on both sides", () => {
  for (const [p, z] of PUBLISHED) {
    // 1 - p is rounded to 2^-53, which moves the quantile by 2^-53 / density; the tables end after 15 digits.
    const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    // The series' largest term, e^(z^2/2) / ((z^2 + 1) sqrt(pi) z), loses its last bit, and the density divides it.
    const series = (2 ** -53 * Math.exp(z * z)) / (z * z + 1);
    const tolerance = 2 ** -53 / density + 4 * series + 2e-14;
    for (const [q, sign] of [
      [p, 1],
      [1 - p, -1],
    ] as const)
      assert.ok(!(Math.abs(normalQuantile(q) - sign * z) > tolerance), `${q}: ${normalQuantile(q)}`);
  }
});

test("quantiles grow with p", () => {
  let before = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < 65536; k++) {
    const z = normalQuantile((k + 0.5) / 65536);
    assert.ok(z > before);
    before = z;
  }
});

test("the table is symmetric, has unit variance and the moments of a normal number", () => {
  const table = normalTable();
  assert.equal(table.length, 65536);
  let [square, fourth] = [0, 0];
  for (let k = 0; k < 65536; k++) {
    assert.equal(table[k], -table[65535 - k]!);
    square += table[k]! ** 2 / 65536;
    fourth += table[k]! ** 4 / 65536;
  }
  assert.ok(Math.abs(square - 1) <= 2 ** -24, `variance ${square}`); // entries are rounded to float32, each its own way
  // 3 for a normal number, but each of the 65,536 cells gives the mean of its own: the two last ones lose 0.001.
  assert.ok(Math.abs(fourth - 3) <= 0.001, `fourth moment ${fourth}`);
  assert.ok(Math.abs(table[65535]! - 4.32) < 0.01);
});

test("the table is, bit for bit, the one computed with 30 digits in another language", () => {
  const table = normalTable();
  const bytes = new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
  assert.equal(
    createHash("sha256").update(bytes).digest("hex"),
    "8babbcaf96568f10165a1eab530c0e5c92d04de96761b6dbb3dadfa94baba37f",
  );
});
