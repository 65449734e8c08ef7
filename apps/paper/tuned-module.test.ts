import assert from "node:assert/strict";
import { test } from "node:test";
import type { PaperResults } from "./results.ts";
import { merged, tunedModule } from "./tuned-module.ts";

const before = [
  { cell: "A/1/1", method: "relizo", settings: { lr: 1 } },
  { cell: "B/1/1", method: "relizo", settings: { lr: 2 } },
] as const;

const cell = { problem: "A", d: 1, samples: 1 };
const common = { cell, method: "relizo", tried: 9, finals: [], runs: [] } as const;

test("what was found now replaces what was known, failures and untuned settings do not", () => {
  const results: PaperResults = {
    version: 1,
    quick: false,
    seeds: [0],
    seconds: 1,
    bounded: [],
    judged: [
      { ...common, settings: { lr: 3 }, origin: "tuned", mean: 1 },
      { ...common, cell: { ...cell, problem: "B" }, settings: { lr: 4 }, origin: "tuned", mean: null },
      { ...common, cell: { ...cell, problem: "C" }, settings: { lr: 5 }, origin: "coarse", mean: 1 },
    ],
  };
  assert.deepEqual(merged(before, results), [{ ...before[0], settings: { lr: 3 } }, before[1]]);
});

test("the module's text is the data", () => {
  const settings = {
    lr: 1e-3,
    reuse: "none",
    nested: { kind: "multi-step", at: [1, 2], factor: 0.5 },
    on: true,
  };
  const text = tunedModule([{ cell: "A/1/1", method: "relizo", settings }]);
  const data: unknown = new Function(`return ${text.slice(text.indexOf("= [") + 2).replace(/;\s*$/, "")}`)();
  assert.deepEqual(data, [{ cell: "A/1/1", method: "relizo", settings }]);
});
