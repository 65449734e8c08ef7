import assert from "node:assert/strict";
import { test } from "node:test";
import { add, count, sentence, unitTests } from "../scripts/suites.ts";

const closing = (pass: number, fail: number, cancelled: number, skipped: number, todo: number): string =>
  `# pass ${pass}\n# fail ${fail}\n# cancelled ${cancelled}\n# skipped ${skipped}\n# todo ${todo}\n`;

test("the closing lines count, whatever the tests printed before them", () => {
  const printed = "TAP version 13\n# pass 99\n# fail 0\nok 1 - a\n";
  assert.deepEqual(count(printed + closing(3, 1, 2, 4, 5), 1), { passed: 3, failed: 3, skipped: 9 });
});

test("a runner that ends early, or fails without a failed test, is a failure", () => {
  assert.deepEqual(count("TAP version 13\nok 1 - a\n", 0), { passed: 0, failed: 1, skipped: 0 });
  assert.equal(count(closing(3, 0, 0, 0, 0), 1).failed, 1);
  assert.equal(count(closing(3, 0, 0, 0, 0), 0).failed, 0);
});

test("the last line is plain, and names skipped tests only where there are some", () => {
  const counts = add({ passed: 1, failed: 2, skipped: 0 }, { passed: 10, failed: 0, skipped: 0 });
  assert.equal(sentence(counts), "11 passed, 2 failed");
  assert.equal(sentence({ ...counts, skipped: 3 }), "11 passed, 2 failed, 3 skipped");
});

test("the unit tests are all but those of the published package", () => {
  const files = unitTests();
  assert.ok(files.includes("test/suites.test.ts"));
  assert.ok(files.every((file) => !/^test.(packed|readme|examples)\.test/.test(file)));
});
