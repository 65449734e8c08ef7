/** What everybody who answers queries must hold, whatever stands between: the suite runs over all of them. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { askBy, type Evaluator, type Policy } from "../../src/evaluate/policy.ts";
import { type Ask, askInline, byTasks, type Task } from "../../src/evaluate/task.ts";
import { type Asked, encode, type Method, minimize, nelderMead, relizo } from "../../src/index.ts";
import * as objectives from "./objective.ts";
import { FOLDER, objective, valley, x0 } from "./objective.ts";

/** Somebody who answers `objective.ts`, or the same in another language. */
export interface Bench {
  readonly name: string;
  /** Tasks in the longest round; fewer where each starts a process. Default 1,000. */
  readonly many?: number;
  /** Whether it tries again by itself where whoever answers dies, so that the policy hears nothing of it. */
  readonly mends?: boolean;
  /** Why it is left out here. */
  readonly skip?: string;
  /**
   * @param folder  where the objective keeps its counts: `RELIZO_TEST_FOLDER` of whoever runs it; this process has it already
   * @param room    tasks that are to be answered at once
   */
  open(folder: string, room: number): Opened | Promise<Opened>;
}

export interface Opened {
  readonly evaluator: Evaluator;
  /** What still runs or waits, in words: nothing, a moment after all was given up and `evaluator` closed. */
  left(): readonly string[];
  /** Ends what the bench started besides. */
  end?(): Promise<void>;
}

/** Numbers that a decimal, a float32 or an integer in between would bend. */
const NASTY = [
  [0.1, -0, 0, 5e-324, -5e-324, 2.2250738585072014e-308, 2.225073858507201e-308, Number.MAX_VALUE],
  [1e308, -1e308, 1 + 2 ** -52, 2 ** 53 + 2, 1e21, 123456789012345680000, 1 / 3, -123.456e-200],
  [Number.NaN, Infinity, -Infinity, 3, -7, 1e100, Math.PI, 4.35],
];

/** Long enough for a program to start on a busy machine, and soon enough for what never ends [s]. */
const TIMEOUT = 5;

export function contract(bench: Bench): void {
  const { name, many = 1000, mends = false, skip = false } = bench;

  function check(title: string, body: (use: Use) => Promise<void>, room = 2): void {
    test(`${name}: ${title}`, { skip }, () => using(bench, room, body));
  }

  check("values are exact to the bit, in batches as one by one", async ({ round, calls }) => {
    const sizes = many < 100 ? [3] : [1, 3, 99];
    for (const [i, numbers] of NASTY.entries())
      for (const batchSize of sizes) {
        const { values, reasons, began } = await round(
          objectives.ECHO,
          numbers.map((value) => [value, 1]),
          { batchSize },
        );
        assert.deepEqual(bits(values), bits(numbers), `row ${i}`);
        assert.deepEqual([reasons, began], [[], numbers.length]);
      }
    assert.equal(calls(), sizes.length * NASTY.flat().length);
  });

  check(
    "an objective that throws has failed, with its reason, and is asked once",
    async ({ round, calls }) => {
      const { values, reasons, noticed } = await round(objectives.THROWS, [[7], [8.5], [9]], {
        batchSize: 2,
      });
      assert.deepEqual(values, [Number.NaN, Number.NaN, Number.NaN]);
      assert.equal(reasons.length, 3);
      for (const at of ["7", "8.5", "9"])
        assert.ok(
          reasons.some((reason) => String(reason).includes(`no value at ${at}`)),
          reasons.join("\n"),
        );
      assert.deepEqual([noticed, calls()], [[], 3]);
    },
  );

  check(
    "slow ones are overtaken, and told to the task they belong to",
    async ({ round }) => {
      const ms = [90, 5, 60, 1, 30, 2];
      const { values } = await round(
        objectives.SLOW,
        ms.map((one) => [one]),
      );
      assert.deepEqual(values, ms);
    },
    4,
  );

  check("what hangs is given up after its time, and tried again", async ({ round, settle, close, left }) => {
    const { values, noticed } = await round(objectives.HANGS_ONCE, [[1], [2]], {
      timeout: TIMEOUT,
      retries: 20,
    });
    assert.deepEqual(values, [1, 2], noticed.join("\n"));
    assert.ok(noticed.length >= 2, `${noticed}`);
    assert.match(noticed[0]!, /no answer within 5 s/);
    await close();
    await settle(() => assert.deepEqual(left(), []));
  });

  check("who dies in the middle of a task takes nothing else along", async ({ round, calls }) => {
    const points = [1, 2, 3, 4, 5, 6].map((value) => [value]);
    const { values, noticed, began } = await round(objectives.DIES_ONCE, points, { retries: 20 });
    assert.deepEqual([values, began], [[1, 2, 3, 4, 5, 6], 6]);
    assert.ok(mends || noticed.length >= 6, `${noticed}`);
    assert.ok(calls() >= 12);
  });

  check("the end of the run leaves nothing behind", async ({ round, calls, settle, close, left }) => {
    const stop = new AbortController();
    const ended = round(objectives.HANGS, [[1], [2], [3], [4]], {}, stop.signal);
    await settle(() => assert.equal(calls(), 2));
    stop.abort();
    const { values, error } = await ended;
    assert.deepEqual([values.length, error], [0, undefined]);
    await close();
    await close();
    await settle(() => assert.deepEqual(left(), []));
  });

  check("no more at once than there is room for, or than the policy allows", async ({ round, atOnce }) => {
    const points = [20, 21, 22, 23, 24, 25].map((value) => [value]);
    assert.deepEqual((await round(objectives.SLOW, points, { inFlight: 1 })).values, points.flat());
    assert.equal(atOnce(), 1);
    assert.deepEqual((await round(objectives.SLOW, points)).values, points.flat());
    assert.ok(atOnce() <= 2, `${atOnce()}`);
    assert.deepEqual(
      (await round(objectives.SLOW, points, { batchSize: 2, inFlight: 1 })).values,
      points.flat(),
    );
  });

  check("100,000 numbers a task", async ({ round }) => {
    const points = [1, 2, 3].map((scale) => Array.from({ length: 100_000 }, (_, i) => scale / (1 + i)));
    const sums = points.map((x) => x.reduce((sum, value) => sum + value, 0));
    assert.deepEqual(bits((await round(objectives.SUM, points)).values), bits(sums));
  });

  check(`${many} tasks in a round, each answered once`, async ({ round, calls }) => {
    const points = Array.from({ length: many }, (_, i) => [i / 7, 1]);
    const { values, began } = await round(objectives.ECHO, points);
    assert.deepEqual(
      values,
      points.map(([first]) => first),
    );
    assert.deepEqual([began, calls()], [many, many]);
  });

  for (const method of [relizo(), nelderMead()] as readonly Method[])
    check(
      `a run of ${method.name} is that of the objective called here, query by query`,
      async ({ ask, calls }) => {
        const options = { method, seed: 7, maxQueries: Math.min(many, 120) };
        const here = await trace((x) => valley(x), options);
        const there = await trace(byTasks(ask()), options);
        assert.deepEqual(there, here);
        assert.equal(calls(), there.queries);
      },
    );

  check("a run in which every query fails ends so, with the objective's own words", async ({ ask }) => {
    const batch = (): number => objectives.THROWS;
    const { outcome, message } = await minimize(byTasks(ask()), [7, 7, 7], { batch, seed: 7 });
    assert.equal(outcome, "failed");
    assert.match(message, /The last error was: .*no value at \d/s);
  });

  check("nobody is asked after the end", async ({ close, evaluator }) => {
    await close();
    await assert.rejects(
      evaluator.evaluate(tasks(objectives.ECHO, [[1]]), new AbortController().signal),
      /closed/,
    );
  });
}

interface Round {
  /** In the order of the tasks; left out where there was no answer. */
  readonly values: readonly number[];
  readonly reasons: readonly unknown[];
  readonly began: number;
  readonly error: unknown;
  readonly noticed: readonly string[];
}

interface Use {
  readonly evaluator: Evaluator;
  ask(policy?: Partial<Policy>): Ask;
  round(
    batch: number,
    points: readonly (readonly number[])[],
    policy?: Partial<Policy>,
    signal?: AbortSignal,
  ): Promise<Round>;
  /** Calls of the objective that began, as it counts them itself. */
  calls(): number;
  /** Most calls that were under way at once. */
  atOnce(): number;
  left(): readonly string[];
  close(): Promise<void>;
  /** Tries the assertion until it holds, for half a minute. */
  settle(assertion: () => void): Promise<void>;
}

async function using(bench: Bench, room: number, body: (use: Use) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "relizo-evaluators-"));
  process.env[FOLDER] = folder;
  const { evaluator, left, end } = await bench.open(folder, room);
  const noted = (): string =>
    existsSync(join(folder, "calls")) ? readFileSync(join(folder, "calls"), "latin1") : "";
  const noticed: string[] = [];
  const ask = (policy: Partial<Policy> = {}): Ask =>
    askBy(evaluator, { backoff: 0.01, ...policy }, (message) => noticed.push(message));
  try {
    await body({
      evaluator,
      ask,
      async round(batch, points, policy, signal) {
        noticed.length = 0;
        return { ...(await collect(ask(policy), tasks(batch, points), signal)), noticed: [...noticed] };
      },
      calls: () => noted().replaceAll("-", "").length,
      atOnce() {
        let [now, most] = [0, 0];
        for (const sign of noted()) {
          now += sign === "+" ? 1 : -1;
          most = Math.max(most, now);
        }
        return most;
      },
      left,
      close: () => evaluator.close(),
      settle,
    });
  } finally {
    await evaluator.close();
    await end?.();
    delete process.env[FOLDER];
    rmSync(folder, { recursive: true, force: true });
  }
}

async function collect(
  ask: Ask,
  tasks: readonly Task[],
  signal: AbortSignal = new AbortController().signal,
): Promise<Omit<Round, "noticed">> {
  const values = new Map<number, number>();
  const reasons: unknown[] = [];
  let began = 0;
  const error: unknown = await ask(tasks, {
    signal,
    began: () => began++,
    answered(index, value, reason) {
      assert.ok(!values.has(index), `task ${index} was told twice`);
      values.set(index, value);
      if (reason !== undefined) reasons.push(reason);
    },
  }).catch((reason: unknown) => reason);
  return { values: tasks.flatMap(({ index }) => values.get(index) ?? []), reasons, began, error };
}

function tasks(batch: number, points: readonly (readonly number[])[]): readonly Task[] {
  return points.map((x, index) => ({ round: 3, index, step: 2, batch, candidate: Float64Array.from(x) }));
}

/** Each step of a run and its end, to the bit. */
async function trace(
  f: Asked,
  options: { readonly method: Method; readonly seed: number; readonly maxQueries: number },
): Promise<{ readonly steps: readonly string[]; readonly queries: number; readonly outcome: string }> {
  const steps: string[] = [];
  const { queries, outcome } = await minimize(f, x0, {
    ...options,
    onStep: ({ state }) => void steps.push(createHash("sha256").update(encode(state)).digest("hex")),
  });
  return { steps, queries, outcome };
}

function bits(values: readonly number[]): readonly string[] {
  return values.map((value) => {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, Number.isNaN(value) ? Number.NaN : value);
    return `${view.getBigUint64(0).toString(16)} ${value}`;
  });
}

async function settle(assertion: () => void): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return assertion();
    } catch (error) {
      if (tries >= 600) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Processes of a list, one id a line, that are neither gone nor waiting to be buried. */
export function living(file: string): readonly string[] {
  if (!existsSync(file)) return [];
  const ids = readFileSync(file, "utf8").trim().split("\n");
  return ids.filter((id) => {
    try {
      process.kill(Number(id), 0);
      return !existsSync(`/proc/${id}/stat`) || !/\) Z /.test(readFileSync(`/proc/${id}/stat`, "utf8"));
    } catch {
      return false;
    }
  });
}

/** What the suite asks of others, the objective in this thread holds as well. */
export function inlineContract(): void {
  test("inline: values to the bit, a failure with its reason, and the run of the plain objective", async () => {
    const folder = mkdtempSync(join(tmpdir(), "relizo-evaluators-"));
    process.env[FOLDER] = folder;
    try {
      const ask = askInline(objective);
      for (const numbers of NASTY) {
        const points = numbers.map((value) => [value]);
        assert.deepEqual(bits((await collect(ask, tasks(objectives.ECHO, points))).values), bits(numbers));
      }
      const { values, reasons } = await collect(ask, tasks(objectives.THROWS, [[7]]));
      assert.deepEqual([values, String(reasons)], [[Number.NaN], "Error: no value at 7"]);
      for (const method of [relizo(), nelderMead()] as readonly Method[]) {
        const options = { method, seed: 7, maxQueries: 120 };
        assert.deepEqual(await trace(byTasks(ask), options), await trace((x) => valley(x), options));
      }
    } finally {
      delete process.env[FOLDER];
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
