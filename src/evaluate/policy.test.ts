import assert from "node:assert/strict";
import { test } from "node:test";
import { RelizoError } from "../error.ts";
import { askBy, type Evaluator, type Policy } from "./policy.ts";
import type { Task } from "./task.ts";

const TASKS: readonly Task[] = Array.from({ length: 8 }, (_, index) => ({
  round: 3,
  index,
  step: 2,
  batch: 0,
  candidate: Float64Array.of(index),
}));

function evaluator(
  evaluate: Evaluator["evaluate"],
  capacity = 2,
): { readonly one: Evaluator; most(): number; calls(): number } {
  let [now, most, calls] = [0, 0, 0];
  return {
    one: {
      name: "a stand-in",
      capacity,
      async evaluate(tasks, signal) {
        calls++;
        now += tasks.length;
        most = Math.max(most, now);
        try {
          return await evaluate(tasks, signal);
        } finally {
          now -= tasks.length;
        }
      },
      close: async () => {},
    },
    most: () => most,
    calls: () => calls,
  };
}

async function ask(
  one: Evaluator,
  policy: Partial<Policy> = {},
  signal: AbortSignal = new AbortController().signal,
) {
  const values = new Map<number, number>();
  const reasons: unknown[] = [];
  const noticed: string[] = [];
  let began = 0;
  const done = askBy(one, { backoff: 0.001, ...policy }, (message) => noticed.push(message))(TASKS, {
    signal,
    began: () => {
      began++;
    },
    answered(index, value, reason) {
      assert.ok(!values.has(index), `task ${index} was told twice`);
      if (reason !== undefined) reasons.push(reason);
      values.set(index, value);
    },
  });
  const error: unknown = await done.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { values: TASKS.map(({ index }) => values.get(index)), began, error, noticed, reasons };
}

const squares = TASKS.map(({ index }) => index ** 2);
const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const square: Evaluator["evaluate"] = async (tasks) => {
  await later(1 + (tasks[0]!.index % 3));
  return tasks.map(({ candidate }) => candidate[0]! ** 2);
};

for (const [inFlight, batchSize, most, calls] of [
  [0, 1, 2, 8],
  [3, 1, 3, 8],
  [1, 1, 1, 8],
  [2, 3, 6, 3],
  [99, 99, 8, 1],
] as const)
  test(`${inFlight} in flight, batches of ${batchSize}: every task once, no more at once than allowed`, async () => {
    const stand = evaluator(square);
    const { values, began, error } = await ask(stand.one, { inFlight, batchSize });
    assert.equal(error, undefined);
    assert.deepEqual([values, began, stand.most(), stand.calls()], [squares, 8, most, calls]);
  });

test("a failed attempt is tried again, and a task begins once", async () => {
  const seen = new Map<number, number>();
  const stand = evaluator(async (tasks, signal) => {
    const tries = (seen.get(tasks[0]!.index) ?? 0) + 1;
    seen.set(tasks[0]!.index, tries);
    if (tries <= tasks[0]!.index % 3) throw new Error("line is down");
    return square(tasks, signal);
  });
  const { values, began, error, noticed } = await ask(stand.one, { retries: 2 });
  assert.deepEqual(
    [values, began, error, noticed.length],
    [squares, 8, undefined, 0 + 1 + 2 + 0 + 1 + 2 + 0 + 1],
  );
  assert.match(noticed[0]!, /attempt 1 of 3 at task \d of round 3 failed: line is down/);
});

test("what no attempt answers ends the run with its error, or is a failed query", async () => {
  const broken: Evaluator["evaluate"] = (tasks, signal) =>
    tasks[0]!.index === 5 ? Promise.reject(new Error("no such host")) : square(tasks, signal);
  const aborted = await ask(evaluator(broken).one, { retries: 1 });
  assert.match(
    String(aborted.error),
    /a stand-in: 2 attempts at task 5 of round 3 failed; the last: no such host/,
  );
  const { values, error } = await ask(evaluator(broken).one, { retries: 1, failed: "nan" });
  assert.equal(error, undefined);
  assert.deepEqual(values, squares.with(5, Number.NaN));
});

test("an attempt that takes too long is given up and told so", async () => {
  let given = 0;
  const stand = evaluator(async (tasks, signal) => {
    if (tasks[0]!.index !== 2 || given > 0) return square(tasks, signal);
    signal.addEventListener("abort", () => {
      given++;
    });
    await new Promise(() => {});
    return [];
  });
  const { values, noticed } = await ask(stand.one, { timeout: 0.05 });
  assert.deepEqual([values, given], [squares, 1]);
  assert.match(noticed[0]!, /a stand-in: no answer within 0.05 s/);
});

test("what is no number for each task is refused at once", async () => {
  for (const wrong of [[], [1, 2], ["1"], [undefined], [{}], [{ error: 3 }]]) {
    const stand = evaluator(async () => wrong as number[]);
    const { error } = await ask(stand.one);
    assert.match(String(error), /1 tasks need a number each/);
    assert.equal(stand.calls() <= 2, true, "no second attempt");
  }
});

test("an objective that failed elsewhere tells why, and is not asked again", async () => {
  const stand = evaluator(async (tasks) =>
    tasks.map(({ index }) =>
      index === 4 ? { error: "no convergence" } : index === 6 ? Number.NaN : index ** 2,
    ),
  );
  const { values, reasons, error } = await ask(stand.one, { batchSize: 3 });
  assert.deepEqual([values, error], [squares.with(4, Number.NaN).with(6, Number.NaN), undefined]);
  assert.deepEqual([reasons, stand.calls()], [["no convergence"], 3]);
});

test("the caller's mistake ends the run at once, whatever becomes of failed queries", async () => {
  for (const failed of ["abort", "nan"] as const) {
    const stand = evaluator(() => Promise.reject(new RelizoError("OPTION", "the token is wrong")), 1);
    const { error } = await ask(stand.one, { failed });
    assert.deepEqual([(error as Error).message, stand.calls()], ["the token is wrong", 1]);
  }
});

test("the next attempt comes no sooner than the failed one asked for", async () => {
  const at: number[] = [];
  const stand = evaluator(async (tasks, signal) => {
    if (tasks[0]!.index === 3 && at.push(performance.now()) === 1)
      throw Object.assign(new Error("busy"), { wait: 0.2 });
    return square(tasks, signal);
  });
  assert.deepEqual((await ask(stand.one)).values, squares);
  assert.ok(at[1]! - at[0]! >= 199, `${at}`);
});

test("the end of the run ends the round, whatever is under way", async () => {
  const stop = new AbortController();
  const stand = evaluator(async (tasks, signal) => {
    if (tasks[0]!.index === 3) stop.abort();
    return tasks[0]!.index >= 3 ? new Promise(() => {}) : square(tasks, signal);
  }, 1);
  const { values, error, began } = await ask(stand.one, {}, stop.signal);
  assert.deepEqual(
    [values.slice(0, 3), values.slice(3), error, began],
    [squares.slice(0, 3), squares.slice(3).map(() => undefined), undefined, 4],
  );
});

test("many under way at once make no warning of their number", async () => {
  const warned: string[] = [];
  const note = (warning: Error): void => void warned.push(warning.name);
  process.on("warning", note);
  const many = Array.from({ length: 40 }, (_, index) => ({ ...TASKS[0]!, index }));
  await askBy(evaluator(square, 40).one, { timeout: 10 })(many, {
    signal: new AbortController().signal,
    began: () => {},
    answered: () => {},
  });
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", note);
  assert.deepEqual(warned, []);
});

test("room that comes in mid-round is used", async () => {
  let capacity = 1;
  const held: (() => void)[] = [];
  const { one } = evaluator(
    (tasks) =>
      new Promise((resolve) => {
        held.push(() => resolve(tasks.map(({ index }) => index)));
      }),
  );
  const growing: Evaluator = {
    ...one,
    get capacity() {
      return capacity;
    },
  };
  const asked = ask(growing);
  assert.equal(held.length, 1);
  capacity = 3;
  while (held.length < 3) await later(10); // none of them is answered yet
  capacity = Number.POSITIVE_INFINITY;
  while (held.length < TASKS.length) await later(10);
  for (const release of held) release();
  const { values } = await asked;
  assert.deepEqual(
    values,
    TASKS.map(({ index }) => index),
  );
});
