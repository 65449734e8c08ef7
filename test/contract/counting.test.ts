/** The query count is what an independent counter says, whatever happens, and never above the budget. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { batched } from "../../src/index.ts";
import { withNaN, withThrows } from "../../src/problem/tough.ts";
import { bowl, CASES, START } from "./methods.ts";

for (const { label, solve } of CASES) {
  test(`${label}: the count is exact for budgets that turns do not divide`, async () => {
    for (const maxQueries of [1, 2, 3, 5, 7, 11, 13, 29, 61]) {
      let called = 0;
      const counted = (x: Float64Array): number => {
        called++;
        return bowl(x);
      };
      const solution = await solve(counted, START, { maxQueries });
      assert.equal(solution.queries, called);
      assert.ok(called <= maxQueries, `${called} of ${maxQueries}`);
      assert.equal(solution.outcome, "queries");
      assert.equal(solution.state.queries, called);
    }
  });

  test(`${label}: failed queries count like others`, async () => {
    for (const spoil of [withNaN, withThrows]) {
      let called = 0;
      const f = spoil(bowl, { seed: 8, rate: 0.3 });
      const counted = (x: Float64Array): number => {
        called++;
        return f(x);
      };
      const solution = await solve(counted, START, { maxQueries: 83 });
      assert.equal(solution.queries, called);
      assert.ok(called <= 83);
    }
  });

  test(`${label}: points of a batch are counted one by one, and a batch that fails as well`, async () => {
    let called = 0;
    let batches = 0;
    const solution = await solve(
      batched((points) => {
        called += points.length;
        if (batches++ % 3 === 1) throw new Error("this batch failed");
        return points.map(bowl);
      }),
      START,
      { maxQueries: 83 },
    );
    assert.equal(solution.queries, called);
    assert.ok(called <= 83);
  });

  test(`${label}: an abort inside any query leaves the count exact`, async () => {
    for (let at = 1; at < 12; at++) {
      for (const wait of [false, true]) {
        let called = 0;
        const stop = new AbortController();
        const solution = await solve(
          (x) => {
            if (++called === at) stop.abort();
            return wait ? Promise.resolve(bowl(x)) : bowl(x);
          },
          START,
          { signal: stop.signal },
        );
        assert.equal(solution.outcome, "aborted");
        assert.equal(solution.queries, called);
        assert.equal(called, at, "nothing is asked after the abort");
      }
    }
  });

  test(`${label}: the observer sees the count grow to the end, and the method's steps`, async () => {
    let called = 0;
    let before = { queries: 0, step: 0, best: Number.POSITIVE_INFINITY };
    const counted = (x: Float64Array): number => {
      called++;
      return bowl(x);
    };
    const solution = await solve(counted, START, {
      maxQueries: 120,
      onStep({ step, queries, best, state, seconds }) {
        assert.equal(queries, called);
        assert.equal(state.queries, queries);
        assert.ok(queries > before.queries);
        assert.ok(step >= before.step);
        assert.ok(best <= before.best);
        assert.ok(seconds >= 0);
        before = { queries, step, best };
      },
    });
    assert.equal(before.queries, solution.queries);
    assert.equal(before.best, solution.value);
    assert.equal(before.step, solution.steps);
  });
}
