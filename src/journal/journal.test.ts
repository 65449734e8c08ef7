import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { memory } from "../../test/journal/memory-store.ts";
import { type Ask, askInline, type Task } from "../evaluate/task.ts";
import { zoSgd } from "../method/zo-sgd.ts";
import { problems } from "../problem/index.ts";
import { minimize } from "../run/minimize.ts";
import { Journal } from "./journal.ts";
import { minimizeRecorded, type RecordedOptions } from "./minimize-recorded.ts";
import { readJournal } from "./read.ts";
import { recorded } from "./recorded.ts";
import { RELIZO_VERSION } from "./version.ts";

const X0 = Float64Array.of(3, -2, 0.5, 1);
const bowl = (x: Float64Array): number => x.reduce((sum, value, i) => sum + (i + 1) * (value - 1) ** 2, 0);
const run = { seed: 5, maxSteps: 12 } as const;

/** Counts what it is asked. */
function counting(f: (x: Float64Array) => number = bowl) {
  const asked = { count: 0 };
  const ask = askInline((x) => {
    asked.count++;
    return f(x);
  });
  return { asked, ask };
}

async function sitting(store: ReturnType<typeof memory>, ask: Ask, options: RecordedOptions = run) {
  const said: string[] = [];
  const journal = await Journal.open(store, (message) => said.push(message));
  try {
    return { solution: await minimizeRecorded(ask, X0, { ...options, journal }), said };
  } finally {
    await journal.close();
  }
}

test("the version in a header is that of the package", () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  assert.equal(RELIZO_VERSION, version);
});

test("a recorded run is the run, and its journal asks nothing when it is run again", async () => {
  const plain = await minimize(bowl, X0, run);
  const store = memory();
  const first = counting();
  const { solution } = await sitting(store, first.ask);
  const { hashes, ...same } = solution;
  assert.deepEqual(same, plain);
  assert.equal(first.asked.count, plain.queries);
  const again = counting();
  const second = await sitting(store, again.ask);
  assert.deepEqual(second.solution, solution);
  assert.deepEqual([again.asked.count, second.said], [0, []]);
  const without = await minimizeRecorded(counting().ask, X0, run);
  assert.deepEqual(without, solution);
  const { header, rounds, tail } = readJournal(store.parts.journal);
  assert.deepEqual(header, {
    run: "run",
    method: "relizo",
    settings: {},
    seed: 5,
    dimension: 4,
    space: "dense",
    start: header?.start,
    bounds: null,
    relizo: RELIZO_VERSION,
  });
  assert.equal(
    rounds.reduce((sum, { values }) => sum + values.length, 0),
    plain.queries,
  );
  assert.equal(tail.state, "whole");
});

test("a journal goes on under larger budgets, as if there had been one sitting", async () => {
  const whole = memory();
  const { solution } = await sitting(whole, counting().ask);
  const parts = memory();
  let [queries, last] = [0, solution];
  for (const options of [
    { maxSteps: 3 },
    { maxSteps: 99, maxQueries: 40 },
    { maxSteps: 99, target: 1e-3 },
    run,
  ]) {
    const { ask, asked } = counting();
    last = (await sitting(parts, ask, { ...run, ...options })).solution;
    queries += asked.count;
  }
  assert.deepEqual(last, solution);
  assert.ok(queries >= solution.queries, `${queries}`);
  assert.deepEqual(parts.parts.journal.subarray(0, whole.parts.journal.length), whole.parts.journal);
});

test("cut anywhere, a journal resumes to the same end and the same bytes", async () => {
  const whole = memory();
  const { solution } = await sitting(whole, counting().ask);
  const { journal } = whole.parts;
  await fc.assert(
    fc.asyncProperty(fc.nat(journal.length), async (length) => {
      const store = memory({ journal: journal.slice(0, length) });
      const { ask, asked } = counting();
      const resumed = await sitting(store, ask);
      assert.deepEqual(resumed.solution, solution);
      assert.ok(length === 0 || asked.count <= solution.queries);
      assert.deepEqual(store.parts.journal, journal);
      assert.ok(resumed.said.length <= 1);
    }),
    { seed: 4, numRuns: 60 },
  );
});

test("failed queries are values too: NaN, infinities and -0 come back as they were", async () => {
  const odd = [1, Number.NaN, Infinity, -0, -Infinity, 5e-324];
  let at = 0;
  const ask: Ask = async (tasks, { began, answered }) => {
    for (const { index } of tasks) {
      began();
      answered(index, odd[at++ % odd.length]!, "why");
    }
  };
  const store = memory();
  const { solution } = await sitting(store, ask);
  const values = readJournal(store.parts.journal).rounds.flatMap((round) => [...round.values]);
  values.forEach((value, i) => {
    assert.ok(Object.is(value, odd[i % odd.length]), `${i}: ${value}`);
  });
  const again = await sitting(store, async () => assert.fail("nothing is asked"));
  assert.deepEqual(again.solution.state, solution.state);
});

test("another run is refused: by its header, or where it first asks for other points", async () => {
  const store = memory();
  await sitting(store, counting().ask, { ...run, method: zoSgd({ lr: 0.01 }), run: "mine" });
  const refused = (options: RecordedOptions, message: RegExp): Promise<void> =>
    assert.rejects(sitting(store, counting().ask, options), { code: "JOURNAL", message });
  const same = { ...run, method: zoSgd({ lr: 0.01 }), run: "mine" };
  await refused({ ...same, run: "other" }, /is of another run: the run is "mine" there and "other" here/);
  await refused({ ...same, seed: 6 }, /the seed is 5 there and 6 here/);
  await refused({ ...same, method: undefined }, /the method is "zo-sgd" there and "relizo" here/);
  await refused({ ...same, settings: { lr: 1 } }, /the settings of the method is null there/);
  await refused({ ...same, bounds: { lower: -9 } }, /the bounds/);
  const round = /asked for other points at round 1: .* has points with other bits/;
  await refused({ ...same, method: zoSgd({ lr: 0.02 }) }, round);
  await refused({ ...same, batch: (step) => Number(step === 2) }, /at round 2: .* has minibatch 0, not 1/);
  await refused({ ...same, method: zoSgd({ lr: 0.01, samples: 3 }) }, /at round 0: .* has \d points, not \d/);
  await assert.rejects(
    minimizeRecorded(counting().ask, X0.slice(1), { ...same, journal: await Journal.open(store) }),
    { code: "JOURNAL", message: /the dimension is 4 there and 3 here/ },
  );
});

test("settings are compared as data, whatever the order of their keys, and must be data", async () => {
  const store = memory();
  const options = { ...run, method: zoSgd({ lr: 0.01, samples: 3 }) };
  await sitting(store, counting().ask, { ...options, settings: { lr: 0.01, samples: 3 } });
  await sitting(store, counting().ask, { ...options, settings: { samples: 3, lr: 0.01 } });
  const bad = { ...options, settings: { schedule: () => 1 } };
  await assert.rejects(sitting(memory(), counting().ask, bad), { code: "OPTION", message: /plain data/ });
});

test("answers of a round that died with its process are not asked again", async () => {
  const { solution } = await sitting(memory(), counting().ask);
  const store = memory();
  let left = 30;
  const dies: Ask = async (tasks, { began, answered }) => {
    for (const { index, candidate } of [...tasks].reverse()) {
      if (left-- === 0) throw new Error("gone");
      began();
      answered(index, bowl(candidate));
    }
  };
  await assert.rejects(sitting(store, dies), /gone/);
  assert.ok(store.parts.pending.length > 0);
  const told = readJournal(store.parts.journal).rounds.reduce((sum, { values }) => sum + values.length, 0);
  assert.ok(told < 30);
  const { ask, asked } = counting();
  const resumed = await sitting(store, ask);
  assert.deepEqual(resumed.solution, solution);
  assert.equal(asked.count, solution.queries - 30);
  assert.equal(store.parts.pending.length, 0);
});

test("a journal that stays open serves one sitting after another, answers of an open round included", async () => {
  const { solution } = await sitting(memory(), counting().ask);
  const store = memory();
  const journal = await Journal.open(store);
  let asked = 0;
  for (const most of [30, 50, Infinity]) {
    const ask = askInline((x) => {
      asked++;
      return bowl(x);
    });
    const dies: Ask = async (tasks, listener) => {
      await ask(tasks.slice(0, most - asked), listener);
      if (asked === most) throw new Error("gone");
    };
    const ending = minimizeRecorded(dies, X0, { ...run, journal });
    if (most < Infinity) await assert.rejects(ending, /gone/);
    else assert.deepEqual(await ending, solution);
  }
  assert.equal(asked, solution.queries);
  await journal.close();
});

test("a pending file that is damaged or of another journal is asked again, and that is said", async () => {
  const { solution } = await sitting(memory(), counting().ask);
  const store = memory();
  let left = 30;
  const dies = askInline((x) => {
    if (left-- === 0) throw new Error("gone");
    return bowl(x);
  });
  const stop = new AbortController();
  const aborts: Ask = async (tasks, listener) => {
    if (left < 8) stop.abort();
    await dies(tasks, listener);
  };
  await sitting(store, aborts, { ...run, signal: stop.signal });
  for (const pending of [Uint8Array.of(1, 2, 3), new Uint8Array(100), store.parts.journal.slice()]) {
    const damaged = memory({ ...store.parts, pending });
    const resumed = await sitting(damaged, counting().ask);
    assert.deepEqual(resumed.solution, solution);
    assert.match(resumed.said.join(), /asked again/);
  }
});

test("answers of a round that has come into the journal meanwhile are dropped", async () => {
  const store = memory();
  const { solution } = await sitting(store, counting().ask);
  let left = 30;
  const dies = askInline((x) => {
    if (left-- === 0) throw new Error("gone");
    return bowl(x);
  });
  const dead = memory();
  await assert.rejects(
    sitting(dead, async (tasks, listener) => {
      if (left === 0) throw new Error("gone");
      await dies(tasks.slice(0, left), listener);
      if (left === 0) throw new Error("gone");
    }),
    /gone/,
  );
  assert.ok(dead.parts.pending.length > 0);
  store.parts.pending = dead.parts.pending;
  assert.deepEqual((await sitting(store, counting().ask)).solution, solution);
  assert.equal(store.parts.pending.length, 0);
});

test("an aborted run keeps what was answered of its round", async () => {
  const { solution } = await sitting(memory(), counting().ask);
  const store = memory();
  const stop = new AbortController();
  let left = 33;
  const ask = askInline((x) => {
    left--;
    if (left === 0) stop.abort();
    return bowl(x);
  });
  const first = await sitting(store, ask, { ...run, signal: stop.signal });
  assert.equal(first.solution.outcome, "aborted");
  const rest = counting();
  const { solution: resumed } = await sitting(store, rest.ask);
  assert.deepEqual(resumed, solution);
  assert.equal(rest.asked.count, solution.queries - 33);
});

test("a journal that cannot be written ends the run, and loses nothing that was told", async () => {
  const store = memory();
  store.fullAt = 900;
  await assert.rejects(sitting(store, counting().ask), {
    code: "JOURNAL",
    message: /cannot be written: disk full/,
  });
  store.fullAt = Infinity;
  const { solution } = await sitting(memory(), counting().ask);
  assert.deepEqual((await sitting(store, counting().ask)).solution, solution);
});

test("notes lie between rounds and change nothing", async () => {
  const store = memory();
  await sitting(store, counting().ask, { ...run, maxSteps: 4 });
  const journal = await Journal.open(store);
  await assert.rejects(journal.note({ kind: "k", text: "early" }), { code: "JOURNAL" });
  while (journal.next());
  await journal.note({ kind: "remark", text: "half way" });
  await journal.close();
  const { solution } = await sitting(memory(), counting().ask);
  assert.deepEqual((await sitting(store, counting().ask)).solution, solution);
  assert.deepEqual(readJournal(store.parts.journal).notes, [{ kind: "remark", text: "half way" }]);
});

test("closing waits for what is being written, and what comes later is not written", async () => {
  const log: string[] = [];
  const store = memory();
  const slow = {
    ...store,
    async append(part: "journal" | "pending", bytes: Uint8Array) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      store.append(part, bytes);
      log.push(part);
    },
    async truncate(part: "journal" | "pending", length: number) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      store.truncate(part, length);
      log.push(`${part} cut`);
    },
    async close() {
      log.push("closed");
    },
  };
  const stop = new AbortController();
  const journal = await Journal.open(slow);
  const late: (() => void)[] = [];
  const ask: Ask = async (tasks, { began, answered }) => {
    for (const { candidate, index, round } of tasks) {
      began();
      if (round === 4) late.push(() => answered(index, bowl(candidate)));
      else answered(index, bowl(candidate));
    }
    if (tasks[0]!.round !== 4) return;
    stop.abort();
    late[0]!();
    await new Promise((resolve) => setTimeout(resolve, 8));
    for (const answer of late) answer();
  };
  const { outcome } = await minimizeRecorded(ask, X0, { ...run, journal, signal: stop.signal });
  assert.equal(outcome, "aborted");
  await journal.close();
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.equal(log.at(-1), "closed");
  const { solution } = await sitting(memory(), counting().ask);
  assert.deepEqual((await sitting(store, counting().ask)).solution, solution);
});

test("a closed journal is not written", async () => {
  const journal = await Journal.open(memory());
  await journal.close();
  await journal.close();
  await assert.rejects(minimizeRecorded(counting().ask, X0, { journal }), {
    code: "JOURNAL",
    message: /was closed/,
  });
});

test("with default options a step takes at most 200 bytes on problems that are not solved yet", async () => {
  for (const [name, d] of [
    ["ROSENBR", 2],
    ["CHNROSNB", 50],
    ["COATING", 134],
  ] as const) {
    const problem = problems.find((one) => one.name === name);
    assert.ok(problem);
    const store = memory();
    const journal = await Journal.open(store);
    const steps = 150;
    const options = { journal, seed: 1, maxSteps: steps, maxQueries: 1e6 };
    await minimizeRecorded(askInline(problem.value), problem.start(d), options);
    assert.ok(store.parts.journal.length <= 200 * steps, `${name}: ${store.parts.journal.length / steps}`);
  }
});

test("candidates of any kind are recorded, with a stamp of one's own", async () => {
  const store = memory();
  const header = { run: "r", method: "m", settings: null, seed: 0, dimension: 1, space: "letters" };
  const words = ["alpha", "beta", "gamma"];
  const stampOf = (tasks: readonly Task<string>[]): number =>
    tasks.reduce((sum, { candidate }) => 31 * sum + candidate.charCodeAt(0), 7);
  const round = async (journal: Journal, number: number, given: readonly string[]) => {
    const values: number[] = [];
    let asked = 0;
    const ask = recorded<string>(
      async (tasks, { began, answered }) => {
        for (const { candidate, index } of [...tasks].reverse()) {
          began();
          asked++;
          answered(index, candidate.length);
          answered(index, -1); // once more, as a queue may have it
        }
      },
      journal,
      stampOf,
    );
    let begun = 0;
    await ask(
      given.map((candidate, index) => ({ round: number, index, step: number, batch: 0, candidate })),
      {
        signal: new AbortController().signal,
        began: () => begun++,
        answered: (index, value) => {
          values[index] = value;
        },
      },
    );
    return { values, asked, begun };
  };
  for (const asked of [3, 0]) {
    const journal = await Journal.open(store);
    await journal.begin({ ...header, start: "", bounds: null, relizo: RELIZO_VERSION });
    assert.deepEqual(await round(journal, 0, words), { values: [5, 4, 5], asked, begun: 3 });
    await assert.rejects(round(journal, 7, words), {
      code: "JOURNAL",
      message: /stands before round 1, and round 7/,
    });
    await journal.close();
  }
  const journal = await Journal.open(store);
  await journal.begin({ ...header, start: "", bounds: null, relizo: "0.0.1" });
  await assert.rejects(round(journal, 0, ["delta", "beta", "gamma"]), {
    code: "JOURNAL",
    message: /other bits/,
  });
});
