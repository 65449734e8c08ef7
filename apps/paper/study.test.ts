import assert from "node:assert/strict";
import { test } from "node:test";
import { createMethod, methodNames } from "../../src/index.ts";
import { learningRates, variants } from "./settings.ts";
import { candidates, cellJob, cellsOf, keyOf, PARTS, reuseCases, reuseJob } from "./study.ts";

test("every setting that a method is tried with is one that it takes", () => {
  for (const method of methodNames)
    for (const settings of candidates(method)) assert.equal(createMethod(method, settings).name, method);
});

test("variants run at every learning rate, unless they name their own or the method has none", () => {
  assert.equal(candidates("zo-adamm").length, learningRates.length * (variants["zo-adamm"]?.length ?? 1));
  assert.deepEqual(candidates("nelder-mead"), [{}]);
});

test("a cell that two tables share is one cell", () => {
  const keys = cellsOf(PARTS).map(keyOf);
  assert.equal(new Set(keys).size, keys.length);
  assert.ok(keys.includes("BOXPOWER/1000/8"));
});

test("N is a method's samples where it has such an option", () => {
  const cell = { problem: "ROSENBR", d: 2, samples: 2 };
  assert.deepEqual(cellJob(cell, "zo-sgd", { lr: 1 }, 0).settings, { lr: 1, samples: 2 });
  assert.deepEqual(cellJob(cell, "nelder-mead", {}, 0).settings, {});
});

test("the reuse bound of tables 10 and 11 is the factor times the learning rate, in units of x", () => {
  for (const one of reuseCases(["table10", "table11"], false)) {
    const { settings, steps } = reuseJob(one, 0);
    assert.equal(settings.reuseWithin, one.factor * Number(settings.lr));
    assert.equal(steps, 2000);
  }
});

test("a quick run has part of figure 2", () => {
  assert.ok(reuseCases(["figure2"], true).length < reuseCases(["figure2"], false).length);
});
