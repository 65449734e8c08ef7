/** Every architecture against PyTorch's own layers, with small weights by formula; what came before, padding, names, the checker. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { expectClose, expectSame } from "../../../test/expect-close.ts";
import { type Numbers, open, type Rows, type Run, rowAt } from "../../../test/huggingface/run-graph.ts";
import {
  type SmallModel,
  smallModels,
  weightsByFormula,
  withFolder,
} from "../../../test/huggingface/small-models.ts";
import { expectChecked } from "../../../test/onnx-checker.ts";
import { Parameters } from "../../parameters/index.ts";
import { fromHuggingFace } from "../file/huggingface.ts";
import { graphOf, type OnnxModel } from "../model.ts";
import { modulePath } from "../names.ts";
import { parameters } from "../parameters.ts";
import { ARCHITECTURES } from "./architectures.ts";

/** Two layers of sums of at most 64 terms of size 1 in float32: about 64 u a sum, some ten sums behind one another, u = 2^-24. */
const TOLERANCE = 640 * 2 ** -24;

const models = smallModels();

function built(small: SmallModel, changed: Readonly<Record<string, unknown>> = {}): Promise<OnnxModel> {
  const config = { ...small.config, ...changed };
  return withFolder(config, weightsByFormula(small.shapes), (folder) => fromHuggingFace(folder));
}

const named = (name: string): SmallModel => models.find((one) => one.name === name)!;

for (const small of models)
  test(`${small.name}: the logits are PyTorch's (${small.note})`, async () => {
    const run = await open(await built(small));
    const { logits } = await run(small.inputs);
    for (const row of small.rows)
      expectClose(
        rowAt(logits!, row.at).subarray(0, row.logits.length),
        row.logits,
        TOLERANCE,
        `[${row.at}]`,
      );
  });

test("there is a reference for every architecture", () => {
  const known = new Set(models.map(({ config }) => config.model_type));
  const missing = [...ARCHITECTURES.keys()].filter((kind) => !known.has(kind));
  assert.deepEqual(missing, ["camembert", "xlm-roberta"]); // RoBERTa by other names
});

test("the references can tell: logits differ once the configuration says something else", async () => {
  const changes: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ["llama", { rope_theta: 10_000 }],
    ["llama3", { rope_scaling: null }],
    ["llama-linear", { rope_scaling: { type: "linear", factor: 2 } }],
    ["mistral", { sliding_window: 4 }],
    ["gpt2-by-layer", { scale_attn_by_inverse_layer_idx: false }],
    ["gpt2", { activation_function: "relu" }],
    ["llama-classification", { pad_token_id: 7 }],
    ["roberta", { layer_norm_eps: 0.1 }],
  ];
  for (const [name, changed] of changes) {
    const small = named(name);
    const { logits } = await (await open(await built(small, changed)))(small.inputs);
    const errors = small.rows.flatMap(({ at, logits: expected }) =>
      expected.map((value, i) => Math.abs(value - rowAt(logits!, at)[i]!)),
    );
    assert.ok(Math.max(...errors) > 20 * TOLERANCE, `${name}: ${JSON.stringify(changed)}`);
  }
});

test("weights are called as in their file, nodes by the paths of their modules", async () => {
  for (const small of models) {
    const model = await built(small);
    const names = parameters(model).map(({ name, trainable, shape }) => {
      assert.ok(trainable, name);
      assert.deepEqual(shape, small.shapes[name], name);
      return name;
    });
    assert.deepEqual(names.sort(), Object.keys(small.shapes).sort(), small.name);
    assert.equal(new Set(graphOf(model).node.map(({ name }) => name)).size, graphOf(model).node.length);
    const products = graphOf(model).node.filter(({ opType }) => opType === "MatMul");
    const modules = new Set(products.map(modulePath));
    const matrices = names.filter((name) =>
      /(?:proj|dense|query|key|value|c_attn|fc\d?)\.weight$/.test(name),
    );
    for (const name of matrices) {
      const module = name.replace(/\.weight$/, "");
      assert.ok(modules.has(module) || modules.has(`transformer.${module}`), `${small.name}: ${module}`);
    }
  }
});

test("the ONNX checker accepts every architecture, with all shapes inferred", async () => {
  for (const small of models) await expectChecked(await built(small));
});

test("inputs and outputs are those of Hugging Face's exports", async () => {
  const list = (model: OnnxModel): readonly string[][] => {
    const { input, output } = graphOf(model);
    return [input.map(({ name }) => name), output.map(({ name }) => name)];
  };
  const past = [0, 1].flatMap((i) => ["key", "value"].map((kind) => `past_key_values.${i}.${kind}`));
  const present = [0, 1].flatMap((i) => ["key", "value"].map((kind) => `present.${i}.${kind}`));
  const text = ["input_ids", "attention_mask"];
  assert.deepEqual(list(await built(named("llama"))), [
    [...text, "position_ids", ...past],
    ["logits", ...present],
  ]);
  assert.deepEqual(list(await built(named("gpt2"))), [
    [...text, "position_ids", ...past],
    ["logits", ...present],
  ]);
  assert.deepEqual(list(await built(named("opt"))), [
    [...text, ...past],
    ["logits", ...present],
  ]);
  assert.deepEqual(list(await built(named("llama-classification"))), [text, ["logits"]]);
  const both = ["logits", "last_hidden_state"];
  assert.deepEqual(list(await built(named("bert-untied"))), [[...text, "token_type_ids"], both]);
  assert.deepEqual(list(await built(named("roberta"))), [text, both]);
});

/** Positions of tokens that follow one another, where the model takes them. */
function placed(run: Run, model: OnnxModel): (ids: Rows, mask: Rows, past?: Past) => ReturnType<Run> {
  const takes = graphOf(model).input.some(({ name }) => name === "position_ids");
  return (ids, mask, past = {}) => {
    const positions = mask.map((row, b) => {
      const counted = row.map((_, j) =>
        Math.max(
          0,
          row.slice(0, j + 1).reduce((sum, one) => sum + one, -1),
        ),
      );
      return counted.slice(-ids[b]!.length);
    });
    return run({
      input_ids: ids,
      attention_mask: mask,
      ...(takes && { position_ids: positions }),
      ...past,
    });
  };
}

type Past = Readonly<Record<string, Numbers>>;

const pastOf = (outputs: Readonly<Record<string, Numbers>>): Past =>
  Object.fromEntries(
    Object.entries(outputs)
      .filter(([name]) => name.startsWith("present"))
      .map(([name, value]) => [name.replace("present", "past_key_values"), value]),
  );

const GENERATORS = ["llama", "llama3", "mistral", "qwen2", "qwen3", "opt", "opt-350m", "gpt2"];

for (const name of GENERATORS)
  test(`${name}: a text in pieces, each with what came before, is the text in one`, async () => {
    const model = await built(named(name));
    const run = placed(await open(model), model);
    // the second text begins with padding
    const ids = [
      [3, 8, 21, 4, 19, 6, 11],
      [0, 0, 5, 9, 12, 7, 2],
    ];
    const mask = ids.map((row) => row.map((id) => (id === 0 ? 0 : 1)));
    const whole = await run(ids, mask);
    let past: Past = {};
    for (const [begin, end] of [
      [0, 3],
      [3, 4],
      [4, 7],
    ] as const) {
      const part = await run(
        ids.map((row) => row.slice(begin, end)),
        mask.map((row) => row.slice(0, end)),
        past,
      );
      past = pastOf(part);
      for (const b of [0, 1])
        for (let j = Math.max(begin, 2 * b); j < end; j++)
          expectClose(
            rowAt(part.logits!, [b, j - begin]),
            rowAt(whole.logits!, [b, j]),
            TOLERANCE,
            `[${b}, ${j}]`,
          );
    }
    for (const key of Object.keys(past))
      assert.deepEqual(past[key]!.dims, whole[key.replace("past_key_values", "present")]!.dims, key);
  });

for (const name of GENERATORS)
  test(`${name}: padding on either side changes nothing of a text`, async () => {
    const model = await built(named(name));
    const run = placed(await open(model), model);
    const ids = [5, 9, 12, 7];
    const alone = await run([ids], [[1, 1, 1, 1]]);
    const both = await run(
      [
        [29, 17, ...ids],
        [...ids, 29, 17],
      ],
      [
        [0, 0, 1, 1, 1, 1],
        [1, 1, 1, 1, 0, 0],
      ],
    );
    for (const [b, first] of [2, 0].entries())
      for (let j = 0; j < ids.length; j++)
        expectClose(
          rowAt(both.logits!, [b, first + j]),
          rowAt(alone.logits!, [0, j]),
          TOLERANCE,
          `[${b}, ${j}]`,
        );
  });

test("RoBERTa's positions skip padding, BERT's do not", async () => {
  const roberta = await open(await built(named("roberta")));
  const text = [0, 9, 20, 2];
  const alone = await roberta({ input_ids: [text], attention_mask: [[1, 1, 1, 1]] });
  const left = await roberta({ input_ids: [[1, 1, ...text]], attention_mask: [[0, 0, 1, 1, 1, 1]] });
  for (let j = 0; j < text.length; j++)
    expectClose(rowAt(left.logits!, [0, j + 2]), rowAt(alone.logits!, [0, j]), TOLERANCE, `${j}`);
  const bert = await open(await built(named("bert-untied")));
  const types = (row: readonly number[]): Rows => [row.map(() => 0)];
  const plain = await bert({
    input_ids: [text],
    attention_mask: [[1, 1, 1, 1]],
    token_type_ids: types(text),
  });
  const moved = [0, 0, ...text];
  const shifted = await bert({
    input_ids: [moved],
    attention_mask: [[0, 0, 1, 1, 1, 1]],
    token_type_ids: types(moved),
  });
  const gap = Math.abs(rowAt(shifted.logits!, [0, 2])[0]! - rowAt(plain.logits!, [0, 0])[0]!);
  assert.ok(gap > 20 * TOLERANCE);
});

test("a model without its head gives what the head would be given", async () => {
  for (const name of ["llama", "bert-untied"]) {
    const small = named(name);
    const weights = weightsByFormula(small.shapes);
    const bare = await withFolder(small.config, weights, (folder) =>
      fromHuggingFace(folder, { task: "feature-extraction" }),
    );
    const { last_hidden_state: hidden } = await (await open(bare))(small.inputs);
    const full = await (await open(await built(small)))(small.inputs);
    if (full.last_hidden_state) expectSame(hidden!.data, full.last_hidden_state.data, name);
    else {
      const table = weights.get("model.embed_tokens.weight").data; // tied
      for (const { at, logits } of small.rows) {
        const row = rowAt(hidden!, at);
        const products = logits.map((_, i) => row.reduce((sum, x, j) => sum + x * table[16 * i + j]!, 0));
        expectClose(products, logits, TOLERANCE, `[${at}]`);
      }
    }
  }
});

test("checkpoints of the bare model leave its name out of theirs", async () => {
  for (const small of models) {
    const { base } = ARCHITECTURES.get(String(small.config.model_type))!;
    const own = Object.entries(small.shapes).filter(([name]) => name.startsWith(`${base}.`));
    if (own.length === 0 || own.some(([name]) => name.includes(".pooler."))) continue;
    const hidden = async (shorten: boolean): Promise<Float32Array> => {
      // the formula goes by the order of names, which a name in front of all leaves
      const named = weightsByFormula(Object.fromEntries(own));
      const tensors = [...named].map(({ name, shape, data }) => {
        const file = shorten ? name.slice(base.length + 1) : name;
        return [file, { shape, data: data.slice() }] as const;
      });
      const weights = Parameters.from(new Map(tensors));
      const model = await withFolder({ ...small.config, architectures: ["SomeModel"] }, weights, (folder) =>
        fromHuggingFace(folder),
      );
      assert.deepEqual(
        parameters(model)
          .map(({ name }) => name)
          .sort(),
        tensors.map(([name]) => name).sort(),
      );
      const takes = new Set(graphOf(model).input.map(({ name }) => name));
      const order = small.inputs.input_ids!.map((row) => row.map((_, j) => j));
      const given = { position_ids: order, ...small.inputs };
      const inputs = Object.fromEntries(Object.entries(given).filter(([name]) => takes.has(name)));
      return (await (await open(model))(inputs)).last_hidden_state!.data;
    };
    expectSame(await hidden(true), await hidden(false), small.name);
  }
});
