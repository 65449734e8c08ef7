/** Whole models by the names of their classes, against the files that their exports were made from. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fromHuggingFace } from "../../../src/onnx/file/index.ts";
import { bake, expose, parseModel } from "../../../src/onnx/index.ts";
import { decodeSafetensors, type Parameters } from "../../../src/parameters/index.ts";
import { dataFolder } from "../../../test/data-folder.ts";
import { smallModels, weightsByFormula, withFolder } from "../../../test/huggingface/small-models.ts";
import { modelOf, noModels } from "../../../test/onnx-models.ts";
import { classOf } from "./classes.ts";
import { readModelConfig, saveWeights } from "./files.ts";
import type { Paths } from "./paths.ts";
import { modelWeights } from "./weights.ts";

const folder = (name: string): string => join(dataFolder() ?? "", name);
const published = (name: string): Parameters =>
  decodeSafetensors(readFileSync(join(folder(name), "model.safetensors"))).parameters;

// What the exporter of imdb-bert called otherwise than its parts' words tell.
const BERT: Paths = [
  ["ln", "bert.embeddings.LayerNorm"],
  ["layer.*.ln1", "bert.encoder.layer.*.attention.output.LayerNorm"],
  ["layer.*.ln2", "bert.encoder.layer.*.output.LayerNorm"],
  ["tln", "cls.predictions.transform.LayerNorm"],
  ["decoder.bias", "cls.predictions.bias"],
];

for (const [name, paths] of [["stories260k"], ["imdb-lm"], ["imdb-bert", BERT]] as const)
  test(`the weights of ${name} are those of its published file, names, shapes and bits`, {
    skip: noModels,
  }, async () => {
    const config = readModelConfig(folder(name));
    const found = await modelWeights(modelOf(name), { config, ...(paths && { paths }) });
    const wanted = published(name);
    assert.deepEqual(found.parameters.names, wanted.names);
    for (const { name, shape, data } of wanted) {
      const mine = found.parameters.get(name);
      assert.deepEqual(mine.shape, shape, name);
      assert.ok(
        mine.data.every((x, i) => x === data[i]),
        name,
      );
    }
    assert.deepEqual(found.config, config);
  });

test("a head that was trained apart from its embeddings is written, and the configuration says so", {
  skip: noModels,
}, async () => {
  const cut = await expose(modelOf("stories260k"), "lm_head.weight");
  const { data } = cut.parameters.get("lm_head.weight");
  data[1] = 7; // [inputs, outputs]: of the first input to the second output
  const at = mkdtempSync(join(tmpdir(), "relizo-weights-"));
  try {
    await saveWeights(at, await bake(cut.model, cut.parameters), {
      config: readModelConfig(folder("stories260k")),
    });
    const found = decodeSafetensors(readFileSync(join(at, "model.safetensors"))).parameters;
    assert.deepEqual(found.get("lm_head.weight").shape, [512, 64]);
    assert.equal(found.get("lm_head.weight").data[64], 7);
    assert.equal(readModelConfig(at).tie_word_embeddings, false);
  } finally {
    rmSync(at, { recursive: true, force: true });
  }
});

test("without a configuration names are the export's, and what it turned is turned back, or left", {
  skip: noModels,
}, async () => {
  const { parameters, config } = await modelWeights(modelOf("stories260k"));
  assert.equal(config, undefined);
  const wanted = published("stories260k").get("model.layers.0.mlp.down_proj.weight");
  assert.deepEqual(parameters.get("layers.0.down_proj.weight").data, wanted.data);
  const graph = await modelWeights(modelOf("stories260k"), { layout: "graph" });
  assert.deepEqual(graph.parameters.get("layers.0.down_proj.weight").shape, wanted.shape.toReversed());
});

test("GPT-2's matrices stay as its class has them; cut models, quantized ones and unclear names are refused", async () => {
  const form = (name: string) =>
    parseModel(readFileSync(new URL(`../../../test/onnx-forms/${name}.onnx`, import.meta.url)), name);
  const config = {
    model_type: "gpt2",
    n_layer: 2,
    architectures: ["GPT2LMHeadModel"],
    tie_word_embeddings: true,
  };
  const paths = [["onnx::MatMul_505", "lm_head.weight"]] as const;
  const { parameters } = await modelWeights(form("gpt2"), { config, paths });
  assert.deepEqual(parameters.get("transformer.h.1.attn.c_attn.weight").shape, [8, 24]);
  assert.ok(parameters.has("transformer.h.0.mlp.c_fc.bias"));
  await assert.rejects(modelWeights(form("quantized")), /"dense\.weight_quantized" is quantized/);
  const cut = await expose(form("gpt2"), "wte.weight");
  await assert.rejects(modelWeights(cut.model), /bake the cut one first; got "wte\.weight"/);
  await assert.rejects(
    modelWeights(form("gpt2"), { config: { model_type: "llama", num_hidden_layers: 2 } }),
    /not clear what .* is called in Hugging Face's llama/,
  );
});

for (const { name, config, shapes } of smallModels().filter(({ config }) => classOf(config)))
  test(`the weights of a graph that was built from a folder are those of the folder: ${name}`, async () => {
    const wanted = weightsByFormula(shapes);
    await withFolder(config, wanted, async (folder) => {
      const { parameters } = await modelWeights(await fromHuggingFace(folder), { config });
      for (const { name, shape, data } of parameters) {
        // GPT-2's are published without the class's prefix.
        const there = wanted.get(wanted.has(name) ? name : name.replace(/^transformer\./, ""));
        assert.deepEqual(shape, there.shape, name);
        assert.ok(
          data.every((x, i) => x === there.data[i]),
          name,
        );
      }
      assert.ok(parameters.size > 0.5 * wanted.size);
    });
  });
