/** Wild values do not undo a run: a slope that cannot be squared counts as a failed query, like NaN. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { OUTCOMES } from "../../src/index.ts";
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

/** What every query of a spell answers, by its number. A spell lasts several turns of each method. */
const SPELLS: Readonly<Record<string, (query: number) => number>> = {
  "1e300": () => 1e300,
  "the largest number": () => Number.MAX_VALUE,
  "the largest number, its sign in turn": (query) => (query % 2 === 0 ? -1 : 1) * Number.MAX_VALUE,
  "-1e155, 0 and 1e155 in turn": (query) => ((query % 3) - 1) * 1e155,
};
const SPELL = 50;

const finite = (x: Float64Array): boolean => x.every(Number.isFinite);

for (const { label, solve } of CASES)
  for (const [what, answer] of Object.entries(SPELLS))
    test(`${label}: a spell of ${what} leaves every point finite and the count exact`, async () => {
      for (const [begin, end] of [
        [0, SPELL],
        [7, 7 + SPELL],
        [20, Number.POSITIVE_INFINITY],
      ] as const) {
        let called = 0;
        const solution = await solve(
          (x) => {
            assert.ok(finite(x), `query ${called} asked at ${x}`);
            const query = called++;
            return begin <= query && query < end ? answer(query) : bowl(x);
          },
          START,
          {
            maxQueries: 300,
            onStep: ({ queries, state }) => {
              assert.equal(queries, called);
              assert.ok(finite(state.state.x), `the iterate is ${state.state.x} after ${queries} queries`);
            },
          },
        );
        assert.ok(finite(solution.x) && finite(solution.state.state.x));
        assert.equal(solution.queries, called);
        assert.ok(solution.outcome in OUTCOMES && solution.outcome !== "aborted");
      }
    });

for (const { label, solve } of CASES)
  for (const what of ["1e300", "the largest number"])
    test(`${label}: after a spell of ${what} the run goes on`, async () => {
      for (const begin of [0, 7, 20]) {
        let called = 0;
        const solution = await solve(
          (x) => {
            const query = called++;
            return begin <= query && query < begin + SPELL ? SPELLS[what]!(query) : bowl(x);
          },
          START,
          { maxQueries: 600 },
        );
        assert.ok(solution.value < 0.9 * bowl(START), `ended at ${solution.value}`);
      }
    });
