import assert from "node:assert/strict";
import { test } from "node:test";
import { boxFor } from "./box.ts";
import type { Classifier } from "./classifier.ts";
import { attackedPicture, attackObjective, effectOf, margin } from "./objective.ts";

const context = { step: 0, batch: 0, signal: new AbortController().signal };

/** Scores are the pixels themselves. */
const mirror: Classifier = {
  name: "mirror",
  shape: { channels: 1, height: 1, width: 3 },
  classes: 3,
  scores: async (pixels) => pixels.slice(),
};

const victims = { pixels: Float32Array.of(0.5, 0, -0.25, -0.5, 0.25, 0), labels: [0, 1] };

test("the margin is the lead of the true class, down to -kappa", () => {
  assert.equal(margin(Float32Array.of(3, 1, 2), 0, 0), 1);
  assert.equal(margin(Float32Array.of(3, 1, 2), 1, 5), -2);
  assert.equal(margin(Float32Array.of(3, 1, 2), 1, 0.5), -0.5);
  assert.equal(margin(Float32Array.of(3, 1, 2), 1, 0), -0);
});

test("the loss is lambda times the mean margin plus the squared length, by hand", async () => {
  const f = attackObjective(mirror, victims, () => [0, 1], { lambda: 10, kappa: 0 });
  const values = await f([new Float64Array(3), Float64Array.of(0, 0, 0.5)], context);
  // clean: margins 0.5 and 0.25; with delta: 0.5 - 0.25 = 0.25 and 0.25 - 0.5 < 0, and |delta|^2 = 0.25
  assert.deepEqual([...values], [10 * 0.375, 10 * 0.125 + 0.25]);
});

test("the minibatch decides which pictures count, and thousands of candidates are answered in parts", async () => {
  const f = attackObjective(mirror, victims, (batch) => [batch], { lambda: 1, kappa: 0 });
  const points = Array.from({ length: 150 }, () => new Float64Array(3));
  assert.deepEqual(
    [...(await f(points, { ...context, batch: 1 }))],
    points.map(() => 0.25),
  );
});

test("an attacked picture is the sum, clipped to valid pixels", () => {
  const picture = attackedPicture(victims, 0, Float64Array.of(0.25, 0.25, -0.5));
  assert.deepEqual([...picture], [0.5, 0.25, -0.5]);
});

test("the effect counts the pictures that are no longer classified as labelled", async () => {
  const effect = await effectOf(mirror, victims, Float64Array.of(0, 0, 0.5), { lambda: 10, kappa: 0 });
  assert.deepEqual(effect, { loss: 1.5, success: 0.5, predicted: [0, 2] });
});

test("in the intersection no picture is clipped; at the bounds of clipping all are at the same end", () => {
  const inner = boxFor("intersection", victims.pixels, 3);
  for (const index of [0, 1])
    for (const delta of [inner.lower, inner.upper]) {
      const sum = delta.map((value, j) => value + victims.pixels[3 * index + j]!);
      assert.ok(sum.every((value) => Math.abs(value) <= 0.5));
    }
  const outer = boxFor("clip", victims.pixels, 3);
  for (const index of [0, 1]) {
    assert.ok(attackedPicture(victims, index, outer.lower).every((value) => value === -0.5));
    assert.ok(attackedPicture(victims, index, outer.upper).every((value) => value === 0.5));
  }
});
