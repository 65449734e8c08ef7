import assert from "node:assert/strict";
import { test } from "node:test";
import { barSize, progressBar } from "./progress.ts";

test("the bar gives way to the words on a narrow terminal", () => {
  const label = "SROSENBR 500, relizo, seed 0";
  assert.equal(barSize(label, 200), 40);
  assert.equal(barSize(label, 100), 100 - label.length - 48);
  assert.equal(barSize(label, 40), 4);
});

test("where there is no terminal, a line comes every few seconds, and the last one promises nothing", (t) => {
  const { isTTY } = process.stderr;
  process.stderr.isTTY = false;
  t.after(() => {
    process.stderr.isTTY = isTTY;
  });
  const said: string[] = [];
  let now = 0;
  t.mock.method(performance, "now", () => now);
  t.mock.method(process.stderr, "write", (text: string) => said.push(text) > 0);
  const bar = progressBar("run", 200);
  for (let done = 0; done <= 100; done += 10) {
    bar.update(done, `f = ${done}`);
    now += 1000;
  }
  bar.stop();
  t.mock.restoreAll();
  assert.deepEqual(said, ["run: 20 %, f = 40\n", "run: 40 %, f = 80, about 15 s left\n", "run: 50 %\n"]);
});
