import assert from "node:assert/strict";
import { test } from "node:test";
import { barSize } from "./progress.ts";

test("the bar gives way to the words on a narrow terminal", () => {
  const label = "SROSENBR 500, relizo, seed 0";
  assert.equal(barSize(label, 200), 40);
  assert.equal(barSize(label, 100), 100 - label.length - 48);
  assert.equal(barSize(label, 40), 4);
});
