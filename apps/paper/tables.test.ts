import assert from "node:assert/strict";
import { test } from "node:test";
import { problemNamed } from "../../src/problem/index.ts";
import { figure2, table6, table7, table8, table10, table11 } from "./tables.ts";

test("in tables 6 and 7 ReLIZO's figure is the lowest of each row, as the paper says", () => {
  for (const { problem, d, finals } of [...table6, ...table7])
    assert.equal(Math.min(...finals), finals[3], `${problem} ${d}`);
});

test("in table 8 queries and reused samples make N times T", () => {
  for (const { problem, queries, reused } of table8) assert.equal(queries + reused, 8 * 500, problem);
});

test("without reuse tables 10 and 11 agree, and their reuse rises with the bound", () => {
  assert.deepEqual(table10[0], table11[0]);
  for (const table of [table10, table11])
    table.slice(1).forEach((row, i) => {
      assert.ok(row.reuse > table[i]!.reuse);
      assert.ok(table !== table11 || row.reuse <= 0.5);
    });
});

test("every rate is a part of one", () => {
  for (const { rates } of figure2) assert.ok(rates.every((rate) => rate >= 0 && rate <= 1));
});

test("every problem is there, at its dimension", () => {
  for (const { problem, d } of [...table6, ...table7, ...table8])
    assert.ok(problemNamed(problem).dimensions.includes(d), `${problem} ${d}`);
});
