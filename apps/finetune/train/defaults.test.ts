import assert from "node:assert/strict";
import { test } from "node:test";
import { createMethod, methodNames } from "../../../src/index.ts";
import { defaultsOf } from "./defaults.ts";
import { TUNINGS } from "./prepare.ts";

test("every optimizer takes its defaults for whatever is tuned", () => {
  for (const name of methodNames)
    for (const tune of TUNINGS) assert.equal(createMethod(name, defaultsOf(name, tune)).name, name);
});

test("relizo searches along the line only where little is tuned", () => {
  assert.equal(defaultsOf("relizo", "prompt").lineSearch, undefined);
  for (const tune of ["full", "lora", "prefix"] as const)
    assert.equal(defaultsOf("relizo", tune).normalized, true);
});
