import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { RelizoError } from "../error.ts";
import { batched } from "../evaluate/evaluate.ts";
import { fdLbfgs } from "../method/fd-lbfgs.ts";
import { mezo } from "../method/mezo.ts";
import { randomSearch } from "../method/random-search.ts";
import { relizo } from "../method/relizo-method.ts";
import type { RelizoState } from "../method/relizo-state.ts";
import { decode, encode } from "./checkpoint.ts";
import { minimize } from "./minimize.ts";

const sphere = (x: Float64Array): number => x.reduce((sum, xi) => sum + xi * xi, 0);
const START = [1, -2, 3];

/** Computes for so long [ms], as a model in this thread does. */
function busy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test("it minimizes with nothing but a function and a start", async () => {
  const { x, value, outcome, message } = await minimize(sphere, START, { maxQueries: 1000 });
  assert.ok(value < 1e-6 * sphere(Float64Array.from(START)), `ended at ${value}`);
  assert.equal(value, sphere(x));
  assert.equal(outcome, "queries");
  assert.match(message, /raise maxQueries/);
});

test("a target ends the run at the first value as low, not before", async () => {
  const values: number[] = [];
  const solution = await minimize(
    (x) => {
      values.push(sphere(x));
      return sphere(x);
    },
    START,
    { target: 0.5 },
  );
  assert.equal(solution.outcome, "target");
  assert.equal(solution.value, Math.min(...values));
  assert.ok(solution.value <= 0.5);
  const hit = values.findIndex((value) => value <= 0.5);
  assert.ok(values.length - hit <= START.length + 1, "at most the turn is asked to its end");
});

test("a target of -Infinity, the default, may be named", async () => {
  const solution = await minimize(sphere, START, { target: Number.NEGATIVE_INFINITY, maxQueries: 20 });
  assert.equal(solution.outcome, "queries");
});

test("maxSteps ends the run after so many turns; none asks for nothing", async () => {
  for (const maxSteps of [0, 1, 7]) {
    let called = 0;
    const solution = await minimize(
      (x) => {
        called++;
        return sphere(x);
      },
      START,
      { maxSteps, method: randomSearch() },
    );
    assert.equal(solution.outcome, "steps");
    assert.equal(solution.steps, maxSteps);
    assert.equal(solution.queries, called);
    if (maxSteps === 0) assert.equal(called, 0);
  }
});

test("a signal that was aborted before asks for nothing", async () => {
  const solution = await minimize(() => assert.fail("asked"), START, { signal: AbortSignal.abort() });
  assert.equal(solution.outcome, "aborted");
  assert.equal(solution.queries, 0);
  assert.deepEqual(solution.x, Float64Array.from(START));
  assert.ok(Number.isNaN(solution.value));
});

test("an aborted run can be resumed", async () => {
  const stop = new AbortController();
  const part = await minimize(sphere, START, {
    signal: stop.signal,
    onStep: ({ queries }) => queries > 50 && stop.abort(),
  });
  assert.equal(part.outcome, "aborted");
  const rest = await minimize(sphere, START, { resume: part.state, maxQueries: 300 });
  const whole = await minimize(sphere, START, { maxQueries: 300 });
  assert.deepStrictEqual(rest, whole);
});

test("an abort is noticed while the objective computes in this thread for long", async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 60);
  const solution = await minimize(
    (x) => {
      busy(1);
      return sphere(x);
    },
    START,
    { signal: stop.signal },
  );
  assert.equal(solution.outcome, "aborted");
});

test("seconds end a run that waits, and one that computes; a late answer is ignored", async () => {
  const waiting = await minimize(() => new Promise<number>(() => {}), START, { seconds: 0.02 });
  assert.equal(waiting.outcome, "seconds");
  assert.equal(waiting.queries, 1);
  assert.ok(Number.isNaN(waiting.value));

  let called = 0;
  const computing = await minimize(
    (x) => {
      called++;
      busy(5);
      return sphere(x);
    },
    new Float64Array(400), // one turn alone would take two seconds
    { seconds: 0.03, method: fdLbfgs() },
  );
  assert.equal(computing.outcome, "seconds");
  assert.equal(computing.queries, called);
  assert.ok(called <= 8, `${called} queries of 5 ms in 30 ms`);

  let batches = 0;
  const sets = await minimize(
    batched((points) => {
      batches++;
      return new Promise<number[]>(() => points);
    }),
    START,
    { seconds: 0.02 },
  );
  assert.equal(sets.outcome, "seconds");
  assert.equal(batches, 1, "nothing is asked after the time is up");
});

test("no seconds, no query; more seconds than a timer holds are no end", async () => {
  const none = await minimize(() => assert.fail("asked"), START, { seconds: 0 });
  assert.equal(none.outcome, "seconds");
  const many = await minimize(sphere, START, { seconds: 1e9, maxQueries: 50 });
  assert.equal(many.outcome, "queries");
});

test("a method that cannot go on has converged", async () => {
  const solution = await minimize(() => 7, START, { method: fdLbfgs() });
  assert.equal(solution.outcome, "converged");
  assert.equal(solution.value, 7);
});

test("a gradient whose every entry failed is no proof of convergence", async () => {
  const start = Float64Array.from(START);
  const solution = await minimize((x) => (x.every((xi, i) => xi === start[i]) ? 1 : Number.NaN), START, {
    method: fdLbfgs(),
  });
  assert.equal(solution.outcome, "failed");
});

test("batched takes a function", () => {
  // @ts-expect-error no function
  assert.throws(() => batched(1), { code: "OPTION", message: /must be a function, got 1/ });
});

test("an objective that returns no number is the caller's mistake", async () => {
  for (const wrong of [undefined, null, "1", {}, true]) {
    const f = (): number => decode<{ value: number }>(encode({ value: wrong })).value;
    for (const objective of [f, async () => f()])
      await assert.rejects(
        minimize(objective, START),
        (error) =>
          error instanceof RelizoError &&
          error.code === "VALUE" &&
          /must return a number/.test(error.message),
      );
  }
  for (const values of [[], [1], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]])
    await assert.rejects(
      minimize(
        batched(() => values),
        START,
      ),
      (error) =>
        error instanceof RelizoError && error.code === "COUNT" && /values for \d+ points/.test(error.message),
    );
});

test("what an observer throws comes out, and the run is over", async () => {
  let called = 0;
  await assert.rejects(
    minimize(
      (x) => {
        called++;
        return sphere(x);
      },
      START,
      {
        onStep() {
          throw new Error("enough");
        },
      },
    ),
    /enough/,
  );
  const before = called;
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(called, before);
});

test("a state that is not of this run is refused before a query is spent", async () => {
  const { state } = await minimize(sphere, START, { maxQueries: 30 });
  const wrong: readonly string[] = [
    encode({}),
    encode({ method: "relizo" }),
    encode({ ...state, queries: undefined, requests: state.queries }),
    encode({ ...state, method: "mezo" }),
    encode({ ...state, best: { value: 1 } }),
    encode({ ...state, queries: -1 }),
  ];
  for (const one of wrong)
    await assert.rejects(
      minimize(() => assert.fail("asked"), START, { resume: decode(one) }),
      (error) => error instanceof RelizoError && error.code === "STATE",
    );
  await assert.rejects(
    minimize(() => assert.fail("asked"), [1, 2], { resume: state }),
    (error) => error instanceof RelizoError && error.message.includes("a run of relizo in 2 dimensions"),
  );
});

test("a damaged state is refused before a query is spent, whichever part is wrong", async () => {
  const method = relizo({ samples: 1 });
  const { state } = await minimize(sphere, START, { method, maxQueries: 16 });
  const { state: inner, best } = state;
  const { walk } = decode<{ state: { walk: RelizoState<Float64Array> } }>(encode(state)).state;
  const { history } = walk;
  assert.ok(history.rows.length > 0);
  const short = Float64Array.of(1, 2);
  const hole = Float64Array.of(1, Number.NaN, 2);
  const wrong: Readonly<Record<string, object>> = {
    "no state": { state: undefined },
    "NaN in x": { state: { ...inner, x: hole } },
    "x a list": { state: { ...inner, x: START } },
    "NaN in the best x": { best: { ...best, x: hole } },
    "no best": { best: undefined },
    "no walk": { state: { ...inner, walk: undefined } },
    "a walk of text": { state: { ...inner, walk: "far" } },
    "a step of text": { state: { ...inner, step: "1" } },
    "no history": { state: { ...inner, walk: { ...walk, history: undefined } } },
    "a row too short": { state: { ...inner, walk: { ...walk, history: { ...history, rows: [short] } } } },
    "no Gram matrix": {
      state: { ...inner, walk: { ...walk, history: { ...history, gram: short.slice(2) } } },
    },
    "a value too many": { state: { ...inner, walk: { ...walk, history: { ...history, values: [1, 2] } } } },
    "a turn too short": { state: { ...inner, walk: { ...walk, turn: { ...walk.turn, p: short } } } },
    "half a query": { queries: 0.5 },
  };
  for (const [what, part] of Object.entries(wrong))
    await assert.rejects(
      minimize(() => assert.fail(`asked with ${what}`), START, {
        method,
        resume: decode(encode({ ...state, ...part })),
      }),
      { name: "RelizoError", code: "STATE" },
      what,
    );
});

test("a resumed run has its own seed and bounds: none are taken beside it", async () => {
  const { state } = await minimize(sphere, START, { maxQueries: 30, seed: 3, bounds: { lower: -9 } });
  for (const own of [{ seed: 3 }, { seed: 0 }, { bounds: { lower: -9 } }, { bounds: {} }])
    await assert.rejects(
      minimize(() => assert.fail("asked"), START, { resume: state, ...own }),
      { name: "RelizoError", code: "OPTION", message: /seed and bounds must be left to resume, got/ },
    );
});

test("an observer that answers with a promise is awaited, and its rejection is the run's", async () => {
  let busy = 0;
  await minimize(
    (x) => {
      assert.equal(busy, 0, "asked before the observer had done");
      return sphere(x);
    },
    START,
    {
      maxSteps: 3,
      async onStep() {
        busy++;
        await new Promise((resolve) => setTimeout(resolve, 1));
        busy--;
      },
    },
  );
  await assert.rejects(
    minimize(sphere, START, { onStep: () => Promise.reject(new Error("the disk is full")) }),
    /the disk is full/,
  );
});

test("steps are counted whole, or not at all", async () => {
  for (const maxSteps of [1.5, -1, Number.NaN])
    await assert.rejects(
      minimize(() => assert.fail("asked"), START, { maxSteps }),
      {
        code: "OPTION",
        message: `minimize: maxSteps must be a whole number from 0 to Infinity, got ${maxSteps}.`,
      },
    );
  const many = await minimize(sphere, START, { maxSteps: Number.POSITIVE_INFINITY, maxQueries: 20 });
  assert.equal(many.outcome, "queries");
});

test("a batch that is no whole number is refused", async () => {
  for (const name of [Number.NaN, 0.5, Number.POSITIVE_INFINITY])
    await assert.rejects(
      minimize(() => assert.fail("asked"), START, { batch: () => name }),
      (error) =>
        error instanceof RelizoError &&
        error.code === "OPTION" &&
        /minimize: batch must be a whole number/.test(error.message) &&
        error.message.endsWith(`got ${name}.`),
    );
});

test("a long run keeps nothing of its past", async () => {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  const used = (): number => {
    if (typeof collect === "function") collect();
    return process.memoryUsage().heapUsed;
  };
  const method = mezo({ lr: 1e-6 });
  const before = used();
  let inside = 0;
  await minimize(sphere, [1], {
    method,
    maxQueries: 120_000,
    onStep: ({ queries }) => {
      if (queries === 119_000) inside = used();
    },
  });
  const kept = inside - before;
  assert.ok(kept < 4e6, `${kept} bytes after 60,000 turns`); // a promise kept for each would be over 20 MB
});
