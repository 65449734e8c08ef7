/** One wild value does not undo a run: a slope that cannot be squared counts as a failed query, like NaN. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bowl, CASES, START } from "./methods.ts";

for (const { label, solve } of CASES)
  for (const spike of [1e300, Number.MAX_VALUE])
    test(`${label}: one value of ${spike} neither throws the iterate away nor freezes it`, async () => {
      for (let at = 1; at < 16; at += 2) {
        let called = 0;
        const values: number[] = [];
        const solution = await solve((x) => (called++ === at ? spike : bowl(x)), START, {
          maxQueries: 400,
          onStep: ({ state }) => values.push(bowl(state.state.x)),
        });
        assert.ok(solution.value < 0.9 * bowl(START), `query ${at}: ended at ${solution.value}`);
        for (const value of values) assert.ok(value < 10 * bowl(START), `query ${at}: went to ${value}`);
      }
    });
