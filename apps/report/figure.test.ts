import assert from "node:assert/strict";
import { test } from "node:test";
import { figure, percent, settingsText } from "./figure.ts";

test("numbers keep four significant digits wherever they are", () => {
  const cases: readonly (readonly [number | null, string])[] = [
    [0, "0"],
    [10341.04, "10341"],
    [-115.48, "-115.5"],
    [16.5, "16.50"],
    [0.65, "0.6500"],
    [0.00123, "0.0012"],
    [0.0001234, "1.23e-4"],
    [12_345_678, "1.23e7"],
    [null, "failed"],
    [Number.NaN, "failed"],
    [Number.POSITIVE_INFINITY, "∞"],
  ];
  for (const [value, text] of cases) assert.equal(figure(value), text);
});

test("a part reads as a percentage", () => assert.equal(percent(0.3942), "39.4 %"));

test("options read as words, however deep", () => {
  const schedule = { kind: "multi-step", at: [1, 2], factor: 0.5 };
  assert.equal(
    settingsText({ lr: 0.1, schedule }),
    "lr 0.1, schedule {kind multi-step, at [1, 2], factor 0.5}",
  );
  assert.equal(settingsText({}), "defaults");
});
