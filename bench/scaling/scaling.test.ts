import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { C, triad } from "../bandwidth.ts";
import { chart } from "./chart.ts";
import { goals } from "./goals.ts";
import { insert, page } from "./page.ts";
import { DIMENSIONS, nameOf, PLAN } from "./plan.ts";
import { type Results, readResults, writeResults } from "./results.ts";

const VARIANT = "wasm, rademacher, a copy";
const FLOOR = "copies, the floor";
const at = (median: number) => ({ median, low: median, high: 2 * median, min: median / 2, runs: 7 });

/** A step of a microsecond for each thousand parameters, four times its floor; nothing at the largest d. */
const results: Results = {
  machine: "a machine",
  cores: "core 1",
  cells: Object.fromEntries(
    DIMENSIONS.map((d) => [
      nameOf({ kind: "step", d, n: 8 }),
      {
        commit: "abc",
        load: [0.1, 1.5],
        sources: "s",
        ...(d === 1e8
          ? { left: { [VARIANT]: "too long" } }
          : { times: { [VARIANT]: at(d / 1e6), [FLOOR]: at(d / 4e6) } }),
      },
    ]),
  ),
};

test("a time in proportion to d is a straight line on both logarithmic axes, and what was not measured has no point", () => {
  const [, path] = /class="line wasm-rademacher" d="([^"]*)"/.exec(chart(results)) ?? [];
  const points = [...path!.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
  assert.equal(points.length, DIMENSIONS.length - 1);
  const [first, second] = points;
  points.forEach(([x, y], i) => {
    for (const [axis, value] of [x, y].entries()) {
      const expected = first![axis]! + i * (second![axis]! - first![axis]!);
      assert.ok(Math.abs(value! - expected) <= 0.1 * (1 + 2 * i), `${i}: ${value}, ${expected}`); // each rounded to 0.1
    }
  });
});

test("a table gives the median and its multiple of the floor, and says what was left out and why", () => {
  const text = page(results);
  assert.match(text, /WebAssembly, Rademacher, a copy +\| +0\.001 \(4\) /);
  assert.match(text, /Left out: WebAssembly, Rademacher, a copy \(at 1e8, too long\)/);
  assert.match(text, /load average 0\.1 to 1\.5/);
});

test("what was measured goes between the markers, however often, and nothing else changes", () => {
  const bare =
    "before\n\n<!-- measured: npm run bench -- scaling --write -->\n<!-- end of what is measured -->\n\nafter\n";
  const once = insert(bare, "first");
  assert.match(once, /^before\n\n<!--.*-->\n\nfirst\n\n<!--.*-->\n\nafter\n$/);
  assert.equal(insert(insert(bare, "another"), "first"), once);
  assert.throws(() => insert("no markers", "first"), /needs the lines/);
});

test("a goal is judged by the ratio of two medians", () => {
  const of = (ours: number): string[] => goals({ times: { [VARIANT]: at(ours), [FLOOR]: at(1) } });
  assert.deepEqual(of(2.5), [
    "Rademacher with a copy takes 2.5 times the floor; the goal is at most 2.5: met",
  ]);
  assert.match(of(2.6).join(), /missed$/);
});

test("results come back from their file to four digits", () => {
  const folder = mkdtempSync(join(tmpdir(), "relizo-results-"));
  try {
    const path = join(folder, "results.json");
    assert.equal(readResults(path), undefined);
    writeResults(path, results);
    assert.deepEqual(readResults(path), results);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the plan names every cell once", () => {
  assert.equal(new Set(PLAN.map(nameOf)).size, PLAN.length);
});

test("the triad is x + c s, rounded to float32 after the product and after the sum", async () => {
  const d = 333; // no whole number of turns
  const value = (i: number): number => Math.fround(Math.sin(i));
  const out = Float64Array.from(await (await triad(d, value, 1)).run());
  assert.deepEqual(
    out,
    Float64Array.from(out, (_, i) => Math.fround(value(i) + Math.fround(C * value(d - 1 - i)))),
  );
});
