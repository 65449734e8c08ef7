import assert from "node:assert/strict";
import { test } from "node:test";
import { expectClose } from "../../test/expect-close.ts";
import { namedSchedule, type ScheduleData, scheduleOf } from "./schedule-data.ts";

const factors = (schedule: ScheduleData, steps: readonly number[]): number[] =>
  steps.map(scheduleOf("test", schedule));

test("constant stays", () => {
  assert.deepEqual(factors({ kind: "constant" }, [0, 1, 1e9]), [1, 1, 1]);
});

test("multi-step multiplies at each milestone, from that step on", () => {
  const schedule: ScheduleData = { kind: "multi-step", at: [3, 5], factor: 0.1 };
  expectClose(factors(schedule, [0, 2, 3, 4, 5, 100]), [1, 1, 0.1, 0.1, 0.01, 0.01], 1e-17);
  assert.deepEqual(factors({ kind: "multi-step", at: [], factor: 0.1 }, [0, 9]), [1, 1]);
});

test("cosine goes from 1 through the middle to its floor, and stays there", () => {
  const schedule: ScheduleData = { kind: "cosine", steps: 10, floor: 0.2 };
  const quarter = 0.2 + 0.8 * (0.5 + Math.SQRT1_2 / 2);
  expectClose(factors(schedule, [0, 2.5, 5, 10, 11, 1000]), [1, quarter, 0.6, 0.2, 0.2, 0.2], 1e-15);
  const all = factors(schedule, [...Array(12).keys()]);
  assert.ok(all.every((factor, k) => k === 0 || factor <= all[k - 1]!));
});

test("inverse-sqrt is 1 / sqrt(k + 1)", () => {
  expectClose(factors({ kind: "inverse-sqrt" }, [0, 3, 8, 99]), [1, 0.5, 1 / 3, 0.1], 1e-16);
});

test("what is no schedule is not taken for one", () => {
  const wrong: readonly unknown[] = [
    null,
    undefined,
    "cosine",
    {},
    { kind: "linear" },
    { kind: "cosine", steps: 0, floor: 0 },
    { kind: "cosine", steps: 5, floor: 2 },
    { kind: "cosine", steps: Number.NaN, floor: 0 },
    { kind: "multi-step", at: 3, factor: 0.1 },
    { kind: "multi-step", at: [-1], factor: 0.1 },
    { kind: "multi-step", at: [1.5], factor: 0.1 },
    { kind: "multi-step", at: [1], factor: 0 },
    { kind: "multi-step", at: [1], factor: 2 },
    { kind: "constant", floor: 0 },
    { kind: "cosine", steps: 5, floor: 0, at: [] },
    { kind: "multi-step", at: [1], factor: 0.5, gamma: 1 },
    { kind: "constructor" },
    { kind: ["constant"] },
    [],
  ];
  for (const value of wrong) assert.equal(namedSchedule.accepts(value), false, JSON.stringify(value));
  const right: readonly ScheduleData[] = [
    { kind: "constant" },
    { kind: "inverse-sqrt" },
    { kind: "cosine", steps: 1, floor: 0 },
    { kind: "cosine", steps: 5 },
    { kind: "multi-step", at: [1] },
    { kind: "multi-step", at: [0, 7], factor: 1 },
  ];
  for (const value of right) assert.equal(namedSchedule.accepts(value), true, JSON.stringify(value));
});
