/** What the world does to an objective: whatever it answers, a run ends in an outcome, at a finite point. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Context } from "../../src/index.ts";
import { late, noisy, withHuge, withNaN, withThrows } from "../../src/problem/tough.ts";
import { expectSame } from "../expect-close.ts";
import { bowl, CASES, START } from "./methods.ts";

type Answer = (x: Float64Array) => number | Promise<number>;

/** One query in five is spoilt. */
const RATE = { seed: 4, rate: 0.2 } as const;

const instead =
  (value: number) =>
  (f: (x: Float64Array) => number): Answer => {
    const spoilt = withNaN(f, RATE);
    return (x) => {
      const y = spoilt(x);
      return Number.isNaN(y) ? value : y;
    };
  };

const SPOILT: Readonly<Record<string, (f: (x: Float64Array) => number) => Answer>> = {
  NaN: (f) => withNaN(f, RATE),
  Infinity: instead(Number.POSITIVE_INFINITY),
  "-Infinity": instead(Number.NEGATIVE_INFINITY),
  "an exception": (f) => withThrows(f, RATE),
  "a rejection": (f) => {
    const thrower = withThrows(f, RATE);
    return async (x) => thrower(x);
  },
  "1e300": (f) => withHuge(f, RATE),
  "the largest number": instead(Number.MAX_VALUE),
  "minus the largest number": instead(-Number.MAX_VALUE),
};

const finite = (x: Float64Array): boolean => x.every(Number.isFinite);

for (const { label, solve } of CASES)
  for (const [what, spoil] of Object.entries(SPOILT))
    test(`${label}: ${what} at one query in five ends in an outcome at a finite point`, async () => {
      const f = spoil(bowl);
      const solution = await solve(
        (x) => {
          assert.ok(finite(x), "asked at a point that is not finite");
          return f(x);
        },
        START,
        {
          maxQueries: 300,
          onStep: ({ state }) => assert.ok(finite(state.state.x), "the iterate is not finite"),
        },
      );
      assert.ok(finite(solution.x));
      assert.ok(Number.isFinite(solution.value));
      assert.ok(solution.value <= bowl(START));
      assert.ok(solution.message.length > 20);
    });

for (const { label, solve } of CASES)
  for (const level of [1e-3, 1, 1e6])
    test(`${label}: noise of size ${level} on every value ends in an outcome at a finite point`, async () => {
      const noise = noisy(bowl, { seed: 5, level });
      let called = 0;
      const solution = await solve(
        (x) => {
          assert.ok(finite(x), `query ${called} asked at ${x}`);
          called++;
          return noise(x);
        },
        START,
        {
          maxQueries: 300,
          onStep: ({ state }) => assert.ok(finite(state.state.x), "the iterate is not finite"),
        },
      );
      assert.equal(solution.queries, called);
      assert.ok(finite(solution.x) && Number.isFinite(solution.value));
      assert.ok(["queries", "converged", "failed"].includes(solution.outcome), solution.outcome);
    });

for (const { label, solve } of CASES) {
  const never: Readonly<Record<string, Answer>> = {
    NaN: () => Number.NaN,
    Infinity: () => Number.POSITIVE_INFINITY,
    "-Infinity": () => Number.NEGATIVE_INFINITY,
    "an exception": () => {
      throw new Error("the model has left");
    },
    "a rejection": () => Promise.reject(new Error("the model has left")),
  };
  for (const [what, f] of Object.entries(never))
    test(`${label}: ${what} at every query fails, says why and stays`, async () => {
      let called = 0;
      const solution = await solve(
        (x) => {
          called++;
          return f(x);
        },
        START,
        { maxQueries: 1000 },
      );
      assert.equal(solution.outcome, "failed");
      assert.match(solution.message, /The last turns gave no finite value/);
      if (what === "an exception" || what === "a rejection")
        assert.match(solution.message, /The last error was: the model has left/);
      expectSame(solution.x, START, "coordinate");
      expectSame(solution.state.state.x, START, "iterate's coordinate");
      assert.ok(Number.isNaN(solution.value));
      assert.equal(solution.queries, called);
    });

  test(`${label}: once every query fails, x stays where it is and the run fails`, async () => {
    const allowed = 40;
    let called = 0;
    let last = START;
    const solution = await solve((x) => (called++ < allowed ? bowl(x) : Number.NaN), START, {
      maxQueries: 1000,
      onStep: ({ queries, state }) => {
        if (queries - 25 > allowed) expectSame(state.state.x, last, "coordinate"); // 25: more than one turn asks
        last = state.state.x;
      },
    });
    assert.equal(solution.outcome, "failed");
    assert.ok(finite(solution.x) && Number.isFinite(solution.value));
    assert.ok(bowl(solution.x) === solution.value, "the value is f at x");
  });

  test(`${label}: a start where f fails, but not around it, is left`, async () => {
    const solution = await solve((x) => (x.every((xi, i) => xi === START[i]) ? Number.NaN : bowl(x)), START, {
      maxQueries: 100,
    });
    assert.ok(finite(solution.x));
  });

  test(`${label}: an answer that comes after the run ended is ignored`, async () => {
    const slow = late(bowl, { seed: 2, atMost: 1 });
    const stop = new AbortController();
    let settle = (_: number): void => {};
    let calls = 0;
    const running = solve(
      (x: Float64Array, { signal }: Context) => {
        if (++calls < 12) return slow(x);
        setTimeout(() => stop.abort(), 1);
        return new Promise<number>((resolve) => {
          settle = resolve;
          signal.addEventListener("abort", () => setTimeout(() => resolve(-1e9), 1));
        });
      },
      START,
      { signal: stop.signal },
    );
    const solution = await running;
    assert.equal(solution.outcome, "aborted");
    assert.equal(solution.queries, 12);
    const copy = structuredClone(solution);
    settle(-1e9);
    await new Promise((resolve) => setTimeout(resolve, 3));
    assert.deepStrictEqual(structuredClone(solution), copy);
    assert.equal(calls, 12, "nothing was asked after the end");
  });
}

for (const { label, solve } of CASES)
  test(`${label}: where f falls for ever, no run ends at infinity`, async () => {
    const solution = await solve((x) => 1 / (1 + Math.abs(x[0]!)), START, { maxQueries: 3000 });
    assert.ok(solution.x.every(Number.isFinite), String(solution.x));
    assert.ok(solution.state.state.x.every(Number.isFinite));
    assert.equal(solution.value, 1 / (1 + Math.abs(solution.x[0]!)));
  });

for (const { label, make } of CASES)
  test(`${label}: minus infinity told moves nothing`, () => {
    const method = make();
    const state = method.init(Float64Array.from(START), 0);
    const points = method.ask(state);
    for (const wrong of [-Infinity, Infinity]) {
      const told = method.tell(
        state,
        points,
        points.map((_, i) => (i === points.length - 1 ? wrong : bowl(points[i]!))),
      );
      assert.ok(told.x.every(Number.isFinite));
      assert.notEqual(told.value, wrong);
      const all = method.tell(
        state,
        points,
        points.map(() => wrong),
      );
      assert.deepEqual(all.x, state.x);
    }
  });
