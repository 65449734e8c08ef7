/** Fine-tunes of an exported model, all four ways: what comes out must answer as what was measured. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { encodeModel, type OnnxModel, parseModel } from "../../../src/onnx/index.ts";
import { openNodeSession } from "../../../src/onnx/session/node.ts";
import { dataFolder } from "../../../test/data-folder.ts";
import { type Example, type InputOptions, promptTask } from "../index.ts";
import { loadTokenizer } from "../node.ts";
import { finetune } from "./finetune.ts";
import { forward } from "./forward.ts";
import { measure } from "./measure.ts";
import { TUNINGS } from "./prepare.ts";

const folder = dataFolder();
const skip = folder === undefined && "no data folder: exported models are looked for in ../shared/data";

const SENTENCES = [
  ["the cat was happy", 1],
  ["the dog was sad", 0],
  ["a lovely day", 1],
  ["a bad dream", 0],
  ["they played and laughed", 1],
  ["he fell and cried", 0],
] as const;
const examples: readonly Example[] = SENTENCES.map(([sentence, label]) => ({ fields: { sentence }, label }));

const open = (model: OnnxModel) => openNodeSession(model, { threads: 1 });

function taskOf(inputs: InputOptions) {
  const tokenizer = loadTokenizer(join(folder ?? "", "stories260k/tokenizer.bin"));
  return promptTask(tokenizer, inputs, {
    template: "{sentence} It was",
    classes: ["0", "1"],
    words: ["bad", "good"],
  });
}

for (const tune of TUNINGS)
  test(`${tune}: the loss falls, and the merged model has the figures that were measured`, {
    skip,
  }, async () => {
    const model = parseModel(readFileSync(join(folder ?? "", "stories260k/model.onnx")), "stories260k");
    const settings = { full: { lr: 1e-3 }, lora: { lr: 3e-3 }, prefix: { lr: 3e-2 }, prompt: { lr: 3e-2 } }[
      tune
    ];
    const { evaluations, best, kept, parameters, merged, queries } = await finetune(
      model,
      { train: examples, validation: examples },
      { tune, task: taskOf, open, optimizer: "mezo", settings, maxQueries: 120, evaluateEvery: 10, seed: 1 },
    );
    assert.equal(queries, 120);
    assert.equal(kept, "best");
    assert.ok(parameters.size > 0);
    const [first] = evaluations;
    const lowest = Math.min(...evaluations.map(({ figures }) => figures.loss ?? Number.NaN));
    assert.ok(lowest < (first?.figures.loss ?? Number.NaN), `${lowest} against ${first?.figures.loss}`);

    // as a stranger takes it home: bytes, an inference session, nothing of ours in it
    const plain = parseModel(encodeModel(await merged()));
    const names = (of: OnnxModel) => of.proto.graph?.input.map(({ name }) => name);
    assert.deepEqual(names(plain), names(model));
    assert.deepEqual(plain.proto.metadataProps, model.proto.metadataProps);
    const session = await open(plain);
    const front = tune === "prompt" ? { front: { tokens: 10, first: 512 } } : {};
    const task = taskOf({ inputs: names(plain) ?? [], maxLength: 128, ...front });
    const { figures } = await measure(task, examples, forward(session), 32);
    await session.close();
    for (const [name, value] of Object.entries(best?.figures ?? {})) {
      const error = Math.abs((figures[name] ?? Number.NaN) - value);
      assert.ok(error <= 1e-5, `${name}: ${figures[name]} merged, ${value} adapted`);
    }
  });

test("what cannot be tuned is refused before a forward pass, in a sentence", { skip }, async () => {
  const model = parseModel(readFileSync(join(folder ?? "", "stories260k/model.onnx")), "stories260k");
  let opened = 0;
  const own = {
    tune: "lora",
    task: taskOf,
    open: async (one: OnnxModel) => {
      opened++;
      return open(one);
    },
  } as const;
  const data = { train: examples };
  await assert.rejects(finetune(model, data, { ...own, targets: "q_porj" }), {
    code: "OPTION",
    message: /q_proj/,
  });
  await assert.rejects(finetune(model, data, { ...own, tune: "adapter" as never }), {
    code: "OPTION",
    message: /tune must be one of "full", "lora", "prefix", "prompt"; got "adapter"/,
  });
  await assert.rejects(finetune(model, data, { ...own, settings: { lrr: 1 } }), {
    code: "OPTION",
    message: /lrr/,
  });
  await assert.rejects(finetune(model, data, { ...own, output: "scores" }), {
    code: "OPTION",
    message: /logits/,
  });
  assert.equal(opened, 0);
});
