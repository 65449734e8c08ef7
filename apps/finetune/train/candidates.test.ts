/** Several candidates a pass, and sessions in threads: the same run as one candidate after the other. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type MethodName, RelizoError } from "../../../src/index.ts";
import { Journal } from "../../../src/journal/index.ts";
import { type OnnxModel, parseModel, type Session } from "../../../src/onnx/index.ts";
import { openNodeSession } from "../../../src/onnx/session/node.ts";
import { dataFolder } from "../../../test/data-folder.ts";
import { type MemoryStore, memory } from "../../../test/journal/memory-store.ts";
import { type Example, type InputOptions, promptTask, type Task } from "../index.ts";
import { loadTokenizer } from "../node.ts";
import { type FinetuneOptions, finetune } from "./finetune.ts";
import type { Tuning } from "./prepare.ts";
import { type NodeSessionPool, openNodeSessions } from "./sessions.ts";

const folder = dataFolder();
const skip = folder === undefined && "no data folder: exported models are looked for in ../shared/data";

const SENTENCES = [
  ["the cat was happy", 1],
  ["the dog was sad", 0],
  ["a lovely day", 1],
  ["a bad dream", 0],
  ["they played and laughed all the long day", 1],
  ["he fell and cried", 0],
] as const;
const examples: readonly Example[] = SENTENCES.map(([sentence, label]) => ({ fields: { sentence }, label }));

const model = (): OnnxModel =>
  parseModel(readFileSync(join(folder ?? "", "stories260k/model.onnx")), "stories260k");
const one = (cut: OnnxModel): Promise<Session> => openNodeSession(cut, { threads: 1 });
const pool =
  (sessions: number) =>
  (cut: OnnxModel): Promise<Session> =>
    openNodeSessions(cut, { sessions });

function taskOf(inputs: InputOptions): Task<Example, unknown> {
  const tokenizer = loadTokenizer(join(folder ?? "", "stories260k/tokenizer.bin"));
  return promptTask(tokenizer, inputs, {
    template: "{sentence} It was",
    classes: ["0", "1"],
    words: ["bad", "good"],
  });
}

const OPTIMIZERS: Partial<Record<MethodName, Record<string, unknown>>> = {
  mezo: { lr: 1e-3 },
  "zo-sgd": { lr: 1e-3, samples: 5 },
  relizo: { lr: 1e-3, samples: 5 },
  "zo-adamm": { lr: 1e-3, samples: 3 },
};

type Own = Partial<FinetuneOptions<Example>>;

/** A run with its journal's bytes. */
async function run(tune: Tuning, optimizer: MethodName, own: Own = {}, store: MemoryStore = memory()) {
  const journal = await Journal.open(store);
  try {
    const settings = OPTIMIZERS[optimizer] ?? {};
    const found = await finetune(
      model(),
      { train: examples, validation: examples },
      {
        ...{ tune, optimizer, settings, open: one, task: taskOf, maxLength: 64, journal, seed: 5 },
        ...{ batchSize: 4, evaluationSize: 2, evaluateEvery: 4, maxSteps: 10, ...own },
      },
    );
    return { ...found, weights: found.parameters.arrays.map((array) => array.slice()) };
  } finally {
    await journal.close();
  }
}

const close = (a: number, b: number, tolerance: number): boolean => Math.abs(a - b) <= tolerance;

describe("several candidates a pass", () => {
  for (const [tune, optimizers] of [
    ["lora", ["mezo", "relizo", "zo-adamm"]],
    ["prompt", ["zo-sgd", "relizo"]],
  ] as const)
    for (const optimizer of optimizers)
      test(`${tune} by ${optimizer}: the losses of one at a time, and as many queries`, {
        skip,
      }, async () => {
        const wanted = await run(tune, optimizer);
        for (const stack of [2, 4]) {
          const found = await run(tune, optimizer, { stack });
          assert.equal(found.steps, wanted.steps);
          assert.equal(found.queries, wanted.queries);
          assert.equal(found.curve.length, wanted.curve.length);
          for (const [i, { loss }] of found.curve.entries()) {
            const expected = wanted.curve[i]?.loss ?? Number.NaN;
            assert.ok(close(loss, expected, 1e-4), `step ${i}: ${loss}, one at a time ${expected}`);
          }
          assert.equal(found.evaluations.length, wanted.evaluations.length);
        }
      });

  test("the first round's losses differ by rounding alone", { skip }, async () => {
    for (const tune of ["lora", "prompt"] as const) {
      const own = { maxSteps: 1 };
      const wanted = await run(tune, "zo-sgd", own);
      const found = await run(tune, "zo-sgd", { ...own, stack: 8 });
      // float32 through five layers, logits of some units: 2^-24 times a few hundred operations
      const expected = wanted.curve[0]?.loss ?? Number.NaN;
      assert.ok(close(found.curve[0]?.loss ?? Number.NaN, expected, 1e-5));
    }
  });

  test("a run that was left in the midst of a round goes on to the same bits", { skip }, async () => {
    const own = { stack: 2, maxSteps: 6 };
    const wanted = await run("lora", "zo-sgd", own);
    const perRound = wanted.queries / wanted.steps;
    assert.ok(perRound > 4, `${perRound} queries a round`);
    for (const after of [1, 3, perRound + 2, 3 * perRound + 4]) {
      const store = memory();
      const stop = new AbortController();
      let asked = 0;
      const leaving = (inputs: InputOptions): Task<Example, unknown> => {
        const task = taskOf(inputs);
        const loss: typeof task.loss = (...given) => {
          if (++asked === after) stop.abort();
          return task.loss(...given);
        };
        return { ...task, loss };
      };
      const left = await run("lora", "zo-sgd", { ...own, task: leaving, signal: stop.signal }, store);
      assert.equal(left.outcome, "aborted");
      const found = await run("lora", "zo-sgd", own, store);
      assert.deepEqual(found.hashes, wanted.hashes);
      assert.equal(found.queries, wanted.queries);
      assert.deepEqual(found.weights, wanted.weights);
    }
  });

  test("what cannot be stacked is refused, and a journal goes on with its own number only", {
    skip,
  }, async () => {
    for (const tune of ["full", "prefix"] as const)
      await assert.rejects(run(tune, "mezo", { stack: 2 }), { code: "OPTION", message: /\(stack\).*prompt/ });
    await assert.rejects(run("lora", "mezo", { stack: 2, classes: 2 }), {
      code: "OPTION",
      message: /lora with a head/,
    });
    await assert.rejects(run("lora", "mezo", { stack: 0.5 }), { code: "OPTION", message: /stack/ });
    const store = memory();
    await run("lora", "mezo", { stack: 2, maxSteps: 2 }, store);
    await assert.rejects(run("lora", "mezo", { stack: 4 }, store), {
      code: "JOURNAL",
      message: /stack.*\(2, here 4\)/,
    });
    await assert.rejects(run("lora", "mezo", {}, store), { code: "JOURNAL", message: /stack/ });
  });
});

describe("sessions in threads", () => {
  const cases = [
    ["lora", "relizo", {}],
    ["lora", "zo-sgd", { stack: 2 }],
    ["prompt", "mezo", {}],
    ["prompt", "zo-adamm", { stack: 2 }],
    ["full", "mezo", { settings: { lr: 1e-4 } }],
    ["full", "relizo", { settings: { lr: 1e-4, samples: 4 }, directions: { directions: "low-rank" } }],
    ["prefix", "zo-sgd", {}],
  ] as const;
  for (const [tune, optimizer, own] of cases)
    test(`${tune} by ${optimizer} ${JSON.stringify(own)}: the journal of one session, bit for bit`, {
      skip,
    }, async () => {
      const whole = memory();
      const wanted = await run(tune, optimizer, own, whole);
      for (const sessions of tune === "prefix" ? [1, 3] : [2]) {
        const store = memory();
        const found = await run(tune, optimizer, { ...own, open: pool(sessions) }, store);
        assert.deepEqual(found.hashes, wanted.hashes);
        assert.equal(found.queries, wanted.queries);
        assert.deepEqual(found.evaluations, wanted.evaluations);
        assert.deepEqual(found.curve, wanted.curve);
        assert.deepEqual(found.weights, wanted.weights);
        assert.deepEqual(store.parts.journal, whole.parts.journal);
      }
    });

  test("a run goes on with another number of sessions, and ends in the same bits", { skip }, async () => {
    for (const optimizer of ["relizo", "zo-adamm"] as const) {
      const wanted = await run("lora", optimizer, { maxSteps: 12 });
      const store = memory();
      for (const [sessions, stop] of [
        [2, 3],
        [0, 5],
        [3, 9],
        [1, 12],
      ] as const) {
        const aborted = new AbortController();
        const onStep = ({ step }: { readonly step: number }) => step === stop && aborted.abort();
        const open = sessions === 0 ? one : pool(sessions);
        const own = { maxSteps: 12, open, ...(stop < 12 && { signal: aborted.signal, onStep }) };
        const found = await run("lora", optimizer, own, store);
        if (stop < 12) assert.equal(found.outcome, "aborted");
        else assert.deepEqual([found.hashes, found.weights], [wanted.hashes, wanted.weights]);
      }
    }
  });

  test("a session that dies takes only its attempt with it", { skip }, async () => {
    for (const optimizer of ["relizo"] as const) {
      const own = { maxSteps: 6, evaluateEvery: 3 };
      const wanted = await run("lora", optimizer, own);
      const told: string[] = [];
      let [opened, passes, ended]: [NodeSessionPool | undefined, number, number] = [undefined, 0, 0];
      const found = await run("lora", optimizer, {
        ...own,
        async open(cut) {
          opened = await openNodeSessions(cut, { sessions: 2, heap: 48 });
          const whole = opened;
          return {
            ...whole,
            get parameters() {
              return whole.parameters;
            },
            get inputs() {
              return whole.inputs;
            },
            pass(...given: Parameters<typeof whole.pass>) {
              const [feeds, outputs, placing, signal] = given;
              if (++passes % 7 !== 0) return whole.pass(...given);
              ended++; // so many terms are more than its memory holds: it dies over the message
              const candidate = Array.from({ length: 5e5 }, () => [1, [1, 2, 3, 4]] as const);
              return whole.pass(feeds, outputs, placing && { ...placing, places: [[0, candidate]] }, signal);
            },
          };
        },
        policy: { backoff: 0.01 },
        noticed: (message) => told.push(message),
        async onStep({ step }) {
          if (step % 3 === 2) await opened?.threads[0]?.terminate(); // between two rounds
        },
      });
      assert.ok(ended >= 2, `${ended} threads ended`);
      assert.equal(told.length, ended);
      for (const message of told)
        assert.match(message, /attempt \d of 4 .* a session ended in the middle of a pass: .*memory/);
      assert.deepEqual(found.hashes, wanted.hashes);
      assert.deepEqual(found.weights, wanted.weights);
      assert.deepEqual(found.evaluations, wanted.evaluations);
    }
  });

  test("a session that dies whenever it is asked ends the run, and the journal keeps what came before", {
    skip,
  }, async () => {
    const store = memory();
    let passes = 0;
    await assert.rejects(
      run(
        "lora",
        "mezo",
        {
          async open(cut) {
            const whole = await openNodeSessions(cut, { sessions: 1 });
            const pass = async (...given: Parameters<typeof whole.pass>) => {
              if (++passes > 6) await whole.threads[0]?.terminate();
              if (passes > 6) throw new RelizoError("EVALUATOR", "a session ended in the middle of a pass.");
              return whole.pass(...given);
            };
            return Object.assign(Object.create(whole) as typeof whole, { pass });
          },
          policy: { retries: 1, backoff: 0.01 },
        },
        store,
      ),
      { code: "EVALUATOR", message: /1 session: 2 attempts at task 0 of round 3 failed/ },
    );
    const journal = await Journal.open(store);
    assert.equal(journal.rounds, 3);
    await journal.close();
    const found = await run("lora", "mezo", {}, store);
    assert.deepEqual(found.hashes, (await run("lora", "mezo")).hashes);
  });

  test("what a session says comes through: a model that cannot be opened, and a pass that fails", {
    skip,
  }, async () => {
    const broken = model();
    const node = broken.proto.graph?.node[0];
    if (node) node.opType = "NoSuchOperator";
    await assert.rejects(openNodeSessions(broken, { sessions: 2 }), {
      code: "DATA",
      message: /cannot be opened.*NoSuchOperator/s,
    });
    await assert.rejects(openNodeSessions(broken, { sessions: 0 }), { code: "OPTION" });
    const own = await openNodeSessions(model(), { sessions: 1 });
    await assert.rejects(own.run({}), { code: "DATA", message: /the model needs "input_ids"/ });
    await own.close();
    await assert.rejects(own.run({}), { code: "STATE", message: /closed/ });
  });
});
