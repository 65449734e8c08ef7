/** The loop of a fine-tune over a language model small enough to be made here: a table of pairs of words. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { GraphProtoSchema, ModelProtoSchema, OperatorSetIdProtoSchema, TensorProto_DataType } from "onnx-buf";
import { createMethod, type MethodName } from "../../../src/index.ts";
import { Journal } from "../../../src/journal/index.ts";
import { encodeModel, expose, type OnnxModel, parseModel, type Session } from "../../../src/onnx/index.ts";
import { node, valueInfo } from "../../../src/onnx/node.ts";
import { openNodeSession } from "../../../src/onnx/session/node.ts";
import { floatTensor } from "../../../src/onnx/tensor.ts";
import { memory } from "../../../test/journal/memory-store.ts";
import { createTokenizer, type Example, languageTask, type Task, wordPieceJson } from "../index.ts";
import { memoryCheckpoint } from "./checkpoint.ts";
import { type FitOptions, fit } from "./fit.ts";

const WORDS = [
  "[PAD]",
  "[UNK]",
  "[CLS]",
  "[SEP]",
  "[MASK]",
  "the",
  "cat",
  "dog",
  "sat",
  "ran",
  "away",
  "here",
];
const HIDDEN = 6;
const tokenizer = createTokenizer(wordPieceJson(WORDS.join("\n")));

/** logits = embed[input_ids] head: whatever it learns, it learns of pairs. */
function pairModel(): OnnxModel {
  const V = WORDS.length;
  const wave = (count: number, shift: number): Float32Array =>
    Float32Array.from({ length: count }, (_, i) => 0.5 * Math.sin(shift + 1.7 * i));
  const { INT64 } = TensorProto_DataType;
  const graph = create(GraphProtoSchema, {
    name: "pairs",
    node: [
      node("Gather", ["embed.weight", "input_ids"], "rows"),
      node("MatMul", ["rows", "head.weight"], "logits"),
    ],
    initializer: [
      floatTensor("embed.weight", [V, HIDDEN], wave(V * HIDDEN, 0)),
      floatTensor("head.weight", [HIDDEN, V], wave(V * HIDDEN, 1)),
    ],
    input: [valueInfo("input_ids", ["batch", "sequence"], INT64)],
    output: [valueInfo("logits", ["batch", "sequence", V])],
  });
  const opsetImport = [create(OperatorSetIdProtoSchema, { version: 17n })];
  return parseModel(encodeModel({ proto: create(ModelProtoSchema, { irVersion: 8n, graph, opsetImport }) }));
}

const TEXTS = [
  "the cat sat here",
  "the dog ran away",
  "the cat ran away",
  "the dog sat here",
  "the cat sat",
  "the dog ran",
];
const examples: readonly Example[] = TEXTS.map((text) => ({ fields: { text }, label: undefined }));
const task = languageTask(tokenizer, { inputs: ["input_ids"], maxLength: 8 });

async function open(): Promise<Session> {
  const { model, parameters } = await expose(pairModel());
  const session = await openNodeSession(model, { threads: 1 });
  session.bind(parameters);
  return session;
}

const LR: Partial<Record<MethodName, Record<string, unknown>>> = {
  mezo: { lr: 0.05, radius: 1e-3 },
  relizo: { lr: 3, radius: 1e-3, lineSearch: "none", samples: 4 },
  "zo-adamm": { lr: 0.03, radius: 1e-3 },
};

const settingsOf = (name: MethodName): FitOptions => {
  const settings = LR[name] ?? {};
  return { method: createMethod(name, settings), settings, batchSize: 2, evaluateEvery: 10, seed: 3 };
};

const trained = async (own: FitOptions, of: Task<Example, unknown> = task) => {
  const session = await open();
  try {
    const fitted = await fit(session, of, examples.slice(0, 4), examples.slice(4), own);
    const [weights] = session.parameters.arrays;
    return { ...fitted, weights: weights?.slice() };
  } finally {
    await session.close();
  }
};

describe("a fine-tune", () => {
  for (const name of ["mezo", "relizo", "zo-adamm"] as const) {
    test(`${name} lowers the loss of texts it has not seen, and leaves the best parameters in place`, async () => {
      const { evaluations, best, kept, steps, queries, outcome } = await trained({
        ...settingsOf(name),
        maxSteps: 200,
      });
      assert.equal(outcome, "steps");
      assert.equal(steps, 200);
      assert.deepEqual(
        evaluations.map(({ step }) => step),
        Array.from({ length: 21 }, (_, i) => 10 * i),
      );
      assert.equal(evaluations.at(-1)?.queries, queries);
      const losses = evaluations.map(({ figures }) => figures.loss ?? Number.NaN);
      assert.ok(losses.every(Number.isFinite));
      const [first = 0] = losses;
      assert.equal(kept, "best");
      assert.equal(best?.figures.loss, Math.min(...losses));
      assert.ok(Math.min(...losses) < 0.7 * first, `${Math.min(...losses)} against ${first}`);
    });

    test(`${name}: a run that was stopped at any step and taken up again ends in the same bits`, async () => {
      const whole = memory();
      const journal = await Journal.open(whole);
      const wanted = await trained({ ...settingsOf(name), maxSteps: 45, journal });
      await journal.close();
      const store = memory();
      const checkpoint = memoryCheckpoint();
      for (const stop of [1, 10, 11, 29, 30, 45]) {
        const part = await Journal.open(store);
        const aborted = new AbortController();
        const onStep = ({ step }: { readonly step: number }) => step === stop && aborted.abort();
        const found = await trained({
          ...settingsOf(name),
          maxSteps: 45,
          journal: part,
          checkpoint,
          ...(stop < 45 && { signal: aborted.signal, onStep }),
        });
        await part.close();
        if (stop < 45) assert.equal(found.outcome, "aborted");
        else {
          assert.deepEqual(found.hashes, wanted.hashes);
          assert.deepEqual(found.evaluations, wanted.evaluations);
          assert.deepEqual(found.weights, wanted.weights);
          assert.deepEqual(store.parts.journal, whole.parts.journal);
        }
      }
    });
  }

  test("a journal goes on only with the same data, batches and model", async () => {
    const store = memory();
    const own = { ...settingsOf("mezo"), maxSteps: 4, identity: { model: "a" } };
    const begun = await Journal.open(store);
    await trained({ ...own, journal: begun });
    await begun.close();
    const others: readonly (readonly [FitOptions, Task<Example, unknown>, string])[] = [
      [{ ...own, batchSize: 3 }, task, "batch size"],
      [{ ...own, identity: { model: "b" } }, task, "model"],
      [own, languageTask(tokenizer, { inputs: ["input_ids"], maxLength: 8 }, { end: true }), "training data"],
    ];
    for (const [other, of, what] of others) {
      const journal = await Journal.open(store);
      await assert.rejects(trained({ ...other, maxSteps: 8, journal }, of), {
        code: "JOURNAL",
        message: new RegExp(`a run with another ${what}`),
      });
      await journal.close();
    }
    const journal = await Journal.open(store);
    assert.equal((await trained({ ...own, maxSteps: 8, journal })).steps, 8);
    await journal.close();
  });

  test("ends when patience runs out, and again at once when it is taken up", async () => {
    const store = memory();
    const settings = { lr: 1e-12, radius: 1e-3 }; // nothing it does can be seen
    const own = {
      method: createMethod("mezo", settings),
      settings,
      batchSize: 2,
      evaluateEvery: 5,
      patience: 3,
      maxSteps: 200,
    };
    const checkpoint = memoryCheckpoint();
    for (const sitting of [0, 1]) {
      const journal = await Journal.open(store);
      let passes = -1;
      const onStep = (step: { readonly passes: number }) => {
        passes = step.passes;
      };
      const { outcome, steps, best, message } = await trained({ ...own, journal, checkpoint, onStep });
      await journal.close();
      assert.equal(outcome, "patience");
      assert.match(message, /3 evaluations in a row/);
      assert.equal(steps, (best?.step ?? Number.NaN) + 15);
      assert.equal(passes === 0, sitting === 1, `${passes} forward passes`);
    }
  });

  test("a loss that is NaN ends the run with the reason, and the journal keeps what came before", async () => {
    let asked = 0;
    const broken = {
      ...task,
      loss: (...given: Parameters<typeof task.loss>) => (++asked > 20 ? Number.NaN : task.loss(...given)),
    };
    const store = memory();
    const journal = await Journal.open(store);
    const found = await trained({ ...settingsOf("mezo"), maxSteps: 100, journal }, broken);
    await journal.close();
    assert.equal(found.outcome, "failed");
    assert.equal(found.steps, 15); // ten of two finite queries, five without
    const again = await Journal.open(store);
    assert.equal(again.rounds, 15);
    await again.close();
  });

  test("what cannot be trained on is refused before a forward pass", async () => {
    const session = await open();
    let passes = 0;
    const own = settingsOf("mezo");
    const counted: Session = {
      ...session,
      parameters: session.parameters,
      run(...given) {
        passes++;
        return session.run(...given);
      },
    };
    await assert.rejects(fit(counted, task, [], [], own), { code: "DATA", message: /examples to train on/ });
    await assert.rejects(fit(counted, task, examples, [], { ...own, evaluateEvery: 0 }), { code: "OPTION" });
    const empty = [...examples, { fields: { text: "" }, label: undefined }];
    await assert.rejects(fit(counted, task, empty, [], own), { code: "DATA" });
    await assert.rejects(fit(counted, task, examples, [], { ...own, forward: { output: "scores" } }), {
      code: "OPTION",
      message: /no output "scores"; it has "logits"/,
    });
    assert.equal(passes, 0);
    await session.close();
  });
});
