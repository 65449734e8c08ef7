/** Learned tokens where the table is another's: half as wide, beside the model, the head's as well, an input, and where ids are bounded. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { TensorProto_DataType } from "onnx-buf";
import { expectClose, expectSame } from "../../test/expect-close.ts";
import { expectChecked } from "../../test/onnx-checker.ts";
import { ints, largest, modelOf, noModels, numbers, runOnce, textFeeds } from "../../test/onnx-models.ts";
import { Parameters } from "../parameters/index.ts";
import { bake } from "./bake.ts";
import type { Cut } from "./cut.ts";
import { expose } from "./expose.ts";
import { addLora } from "./lora.ts";
import { copyModel, copyOf, graphOf, type OnnxModel, parseModel } from "./model.ts";
import { node } from "./node.ts";
import { addPrefix } from "./prefix/prefix.ts";
import { addPrompt, PROMPT, type PromptOptions } from "./prompt.ts";
import { intTensor, packFloats, readFloats, shapeOf } from "./tensor.ts";

const skip = noModels;
const TABLE = "embed_tokens.weight";
const REAL = [300, 7];

/** Runs rows with learned tokens that start as real ones, adapter and baked, against the real ones. */
async function expectReal(model: OnnxModel, options: Partial<PromptOptions> = {}): Promise<OnnxModel> {
  const cut = await addPrompt(model, { tokens: 2, init: REAL, ...options });
  const [a, b] = [cut.vocabulary, cut.vocabulary + 1];
  const expected = numbers(await runOnce(model, textFeeds(model, [[2, 300, 7, 4]])));
  const placed = textFeeds(model, [[2, a, b, 4]]);
  expectSame(numbers(await runOnce(cut, placed)), expected, "logit");
  await expectChecked(cut.model);
  const baked = await bake(cut.model, cut.parameters);
  expectSame(numbers(await runOnce(baked, placed)), expected, "baked logit");
  expectSame(numbers(await runOnce(baked, textFeeds(model, [[2, 300, 7, 4]]))), expected, "plain logit");
  await expectChecked(baked);
  return baked;
}

const tableOf = (model: OnnxModel, name = TABLE) =>
  graphOf(model).initializer.find((tensor) => tensor.name === name);

/** stories260k with its table in another form: what Gathers take comes from these nodes. */
async function changed(change: (model: OnnxModel, data: Float32Array) => void): Promise<OnnxModel> {
  const copy = copyModel(modelOf("stories260k"));
  const table = tableOf(copy);
  assert.ok(table);
  change(copy, await readFloats(table));
  return copy;
}

test("a table of float16, widened after the look-up or before it, grows in its own type", {
  skip,
}, async () => {
  for (const early of [true, false]) {
    const model = await changed((copy, data) => {
      const graph = graphOf(copy);
      graph.initializer = graph.initializer.map((tensor) =>
        tensor.name === TABLE
          ? packFloats(TABLE, { shape: shapeOf(tensor), data }, TensorProto_DataType.FLOAT16)
          : tensor,
      );
      const gather = graph.node.find(({ input }) => input[0] === TABLE)!;
      const to = TensorProto_DataType.FLOAT;
      if (early) {
        gather.input[0] = "wide";
        graph.node.unshift(node("Cast", [TABLE], "wide", { to }));
      } else {
        const output = gather.output[0]!;
        gather.output[0] = "narrow";
        graph.node.splice(graph.node.indexOf(gather) + 1, 0, node("Cast", ["narrow"], output, { to }));
      }
    });
    const baked = await expectReal(model);
    const grown = graphOf(baked).initializer.filter(
      ({ dims, dataType }) => Number(dims[0]) === 514 && dataType === TensorProto_DataType.FLOAT16,
    );
    assert.equal(grown.length, 1);
  }
});

test("a table that lies beside the model is read there", { skip }, async () => {
  const model = await changed(() => {});
  const table = tableOf(model)!;
  const bytes = table.rawData!;
  const outside = Object.assign(Object.create(Object.getPrototypeOf(table)), table, {
    rawData: new Uint8Array(0),
    dataLocation: 1,
    externalData: [
      { key: "location", value: "weights.bin" },
      { key: "offset", value: "16" },
    ],
  });
  graphOf(model).initializer = graphOf(model).initializer.map((one) => (one === table ? outside : one));
  let asked = 0;
  const external = {
    read: async (_: string, offset: number, length: number) => {
      asked += length;
      return bytes.slice(offset - 16, offset - 16 + length);
    },
    size: async () => bytes.length + 16,
  };
  const cut = await addPrompt({ ...model, external }, { tokens: 2, init: REAL });
  assert.equal(asked, 2 * 64 * 4, "no more than the rows that were asked for");
  const inside = await addPrompt(modelOf("stories260k"), { tokens: 2, init: REAL });
  expectSame(cut.parameters.get(PROMPT).data, inside.parameters.get(PROMPT).data);
  const baked = await bake(cut.model, cut.parameters);
  const grown = graphOf(baked).initializer.find(({ name }) => name === TABLE);
  assert.deepEqual(grown && shapeOf(grown), [514, 64]);
});

test("a table that the head takes too keeps its rows there", async () => {
  const model = parseModel(readFileSync(new URL("../../test/onnx-forms/gpt2.onnx", import.meta.url)));
  const cut = await addPrompt(model, { tokens: 1, init: [3] });
  assert.equal(cut.vocabulary, 16);
  const rows = (id: number) => ({ input_ids: ints([1, id, 2, 5, 6, 7, 8, 9], [2, 4]) });
  const expected = await runOnce(model, rows(3));
  for (const outputs of [
    await runOnce(cut, rows(16)),
    await runOnce(await bake(cut.model, cut.parameters), rows(16)),
  ]) {
    assert.deepEqual(outputs.logits?.shape, [2, 4, 16], "the head scores the vocabulary");
    expectSame(numbers(outputs), numbers(expected), "logit");
  }
});

test("ids in 32 bits, and ids bounded on their way to the table", { skip }, async () => {
  const narrow = await changed((copy) => {
    const graph = graphOf(copy);
    const gather = graph.node.find(({ input }) => input[0] === TABLE)!;
    gather.input[1] = "narrow";
    graph.node.unshift(node("Cast", ["input_ids"], "narrow", { to: TensorProto_DataType.INT32 }));
  });
  await expectReal(narrow);
  const bounded = await changed((copy) => {
    const graph = graphOf(copy);
    const gather = graph.node.find(({ input }) => input[0] === TABLE)!;
    gather.input[1] = "bounded";
    graph.initializer.push(intTensor("low", [0], []), intTensor("high", [511], []));
    graph.node.unshift(node("Clip", ["input_ids", "low", "high"], "bounded"));
  });
  await expectReal(bounded);
});

test("quantized tables, and look-ups within another operator, are refused by name", { skip }, async () => {
  const quantized = await changed((copy) => {
    const { initializer } = graphOf(copy);
    const at = initializer.findIndex(({ name }) => name === TABLE);
    initializer[at] = copyOf(initializer[at]!, { dataType: TensorProto_DataType.INT8 });
  });
  await assert.rejects(addPrompt(quantized, { tokens: 1 }), {
    code: "DATA",
    message:
      /"embed_tokens.weight" are quantized \(int8\).*export the model with float weights, or use addLora/,
  });
  const fused = await changed((copy) => {
    const { node: nodes } = graphOf(copy);
    const at = nodes.findIndex(({ input }) => input[0] === TABLE);
    nodes[at] = copyOf(nodes[at]!, { opType: "EmbedLayerNormalization", domain: "com.microsoft" });
  });
  await assert.rejects(addPrompt(fused, { tokens: 1 }), {
    code: "DATA",
    message: /inputs input_ids, attention_mask.*within the fused operator EmbedLayerNormalization/,
  });
});

test("prompts before and after all weights become inputs, and beside LoRA", { skip }, async () => {
  const model = modelOf("stories260k");
  const plain = textFeeds(model, [[2, 300, 7, 4]]);
  const placed = textFeeds(model, [[2, 512, 513, 4]]);
  const expected = numbers(await runOnce(model, plain));
  const cuts: (readonly [Cut, Cut])[] = [];
  const first = await addPrompt(model, { tokens: 2, init: REAL });
  cuts.push([first, await expose(first.model)]);
  const exposed = await expose(model);
  const rows = first.parameters.get(PROMPT).data;
  await assert.rejects(addPrompt(exposed.model, { tokens: 2, init: REAL }), { message: /before expose/ });
  cuts.push([exposed, await addPrompt(exposed.model, { tokens: 2, init: rows })]);
  const lora = await addLora(model, { targets: "**.q_proj", rank: 2, alpha: 4 });
  cuts.push([lora, await addPrompt(lora.model, { tokens: 2, init: REAL })]);
  for (const [one, two] of cuts) {
    const values = Parameters.from(
      new Map([...one.parameters, ...two.parameters].map((tensor) => [tensor.name, tensor])),
    );
    expectSame(numbers(await runOnce(two, placed, values)), expected, "logit");
    await expectChecked(two.model);
    const baked = await bake(two.model, values);
    expectClose(numbers(await runOnce(baked, placed)), expected, 1e-5 * largest(expected), "baked logit");
    await expectChecked(baked);
  }
});

test("a prefix beside LoRA and weights that are inputs bakes with them", { skip }, async () => {
  const model = modelOf("stories260k");
  const lora = await addLora(model, { targets: "**.v_proj", rank: 2, alpha: 4 });
  const norms = await expose(lora.model, "**.input_layernorm.weight");
  const prefix = await addPrefix(norms.model, { tokens: 3, seed: 4 });
  const tensors = [...lora.parameters, ...norms.parameters, ...prefix.parameters];
  const values = Parameters.from(new Map(tensors.map((tensor) => [tensor.name, tensor])));
  for (const { name, data } of values)
    if (name.includes("lora_B")) data.set(data.map((_, i) => Math.sin(i) / 10));
  const feeds = textFeeds(model, [[2, 300, 7, 4]]);
  const expected = numbers(await runOnce(prefix, feeds, values));
  const baked = await bake(prefix.model, values);
  expectClose(numbers(await runOnce(baked, feeds)), expected, 1e-5 * largest(expected), "baked logit");
  await expectChecked(baked);
});
