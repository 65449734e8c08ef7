/** Adapters in PEFT's layout: what is written, that others and we read it alike, and that what others made is read. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { fromHuggingFace } from "../../../src/onnx/file/index.ts";
import {
  addHead,
  addLora,
  addPrefix,
  addPrompt,
  bake,
  type Cut,
  type OnnxModel,
  parseModel,
} from "../../../src/onnx/index.ts";
import { decodeSafetensors, Parameters } from "../../../src/parameters/index.ts";
import { dataFolder } from "../../../test/data-folder.ts";
import { largest, modelOf, noModels, numbers, runOnce, textFeeds } from "../../../test/onnx-models.ts";
import { encodeAdapter } from "./encode.ts";
import { readAdapterFolder, readModelConfig, saveAdapter } from "./files.ts";
import { loadAdapter } from "./load.ts";

const IDS = [1, 403, 407, 261, 378, 31, 44];

const peers = (name: string): string =>
  fileURLToPath(new URL(`../../../test/adapters/${name}`, import.meta.url));

const form = (name: string): OnnxModel =>
  parseModel(readFileSync(new URL(`../../../test/onnx-forms/${name}.onnx`, import.meta.url)), name);

const configOf = (name: string) => readModelConfig(join(dataFolder() ?? "", name));

/** Numbers that differ everywhere, so that no two tensors can be swapped unseen. */
function stir(cut: Cut): Cut {
  [...cut.parameters].forEach(({ data }, t) => {
    for (let i = 0; i < data.length; i++) data[i] = 0.2 * Math.sin(1 + 0.37 * i + 1.91 * t);
  });
  return cut;
}

async function logits(what: OnnxModel | Cut): Promise<Float32Array> {
  const model = "proto" in what ? what : what.model;
  return numbers(await runOnce(what, textFeeds(model, [IDS])));
}

function expectNear(found: Float32Array, wanted: ArrayLike<number>, tolerance: number): void {
  assert.equal(found.length, wanted.length);
  found.forEach((x, i) => {
    assert.ok(!(Math.abs(x - (wanted[i] ?? NaN)) > tolerance), `${x} for ${wanted[i]} at ${i}`);
  });
}

const lastRow = (all: Float32Array, vocabulary: number): Float32Array =>
  all.subarray(all.length - vocabulary);

// The keys of a LoRA adapter in PEFT's documentation, "PEFT checkpoint format", section adapter_config.
const DOCUMENTED =
  `alpha_pattern auto_mapping base_model_name_or_path bias fan_in_fan_out inference_mode init_lora_weights
  layer_replication layers_pattern layers_to_transform loftq_config lora_alpha lora_dropout megatron_config megatron_core
  modules_to_save peft_type r rank_pattern revision target_modules task_type use_dora use_rslora`.split(
    /\s+/,
  );

test("a LoRA adapter has the documented keys, names of the class, shapes and values", {
  skip: noModels,
}, async () => {
  const cut = stir(
    await addLora(modelOf("imdb-lm"), { targets: ["q_proj", "v_proj", "down_proj"], rank: 4 }),
  );
  const { config: text, weights } = encodeAdapter(cut, { config: configOf("imdb-lm"), baseModel: "imdb-lm" });
  const config = JSON.parse(text);
  assert.deepEqual(Object.keys(config), DOCUMENTED);
  assert.deepEqual(config, {
    ...Object.fromEntries(DOCUMENTED.map((key) => [key, null])),
    ...{
      peft_type: "LORA",
      task_type: "CAUSAL_LM",
      base_model_name_or_path: "imdb-lm",
      inference_mode: true,
    },
    ...{
      r: 4,
      lora_alpha: 16,
      lora_dropout: 0,
      target_modules: ["down_proj", "q_proj", "v_proj"],
      bias: "none",
    },
    ...{
      fan_in_fan_out: false,
      init_lora_weights: true,
      rank_pattern: {},
      alpha_pattern: {},
      loftq_config: {},
    },
    ...{ use_dora: false, use_rslora: false, megatron_core: "megatron.core" },
  });
  const { parameters, metadata } = decodeSafetensors(weights);
  assert.deepEqual(metadata, { format: "pt" });
  const names = [0, 1, 2, 3].flatMap((layer) =>
    ["mlp.down_proj", "self_attn.q_proj", "self_attn.v_proj"].flatMap((module) =>
      ["A", "B"].map((half) => `base_model.model.model.layers.${layer}.${module}.lora_${half}.weight`),
    ),
  );
  assert.deepEqual(parameters.names, names);
  const down = parameters.get("base_model.model.model.layers.2.mlp.down_proj.lora_A.weight");
  assert.deepEqual(down.shape, [4, 704]);
  assert.deepEqual(down.data, cut.parameters.get("layers.2.down_proj.lora_A.weight").data);
});

test("what is written is read back bit for bit, and merged it gives the adapter's outputs", {
  skip: noModels,
}, async () => {
  const model = modelOf("stories260k");
  const first = await addLora(model, { targets: ["q_proj", "v_proj"], rank: 4, alpha: 4 });
  const second = await addLora(first.model, { targets: "layers.1.o_proj", rank: 2, alpha: 6 });
  const all = [...first.parameters, ...second.parameters].map(
    ({ name, shape, data }) => [name, { shape, data }] as const,
  );
  const cut = stir({ model: second.model, parameters: Parameters.from(new Map(all)) });
  const files = encodeAdapter(cut, { config: configOf("stories260k") });
  const config = JSON.parse(files.config);
  assert.deepEqual(config.rank_pattern, { "model.layers.1.self_attn.o_proj": 2 });
  assert.deepEqual(config.alpha_pattern, { "model.layers.1.self_attn.o_proj": 6 });
  assert.equal(config.target_modules.length, 11, "o_proj of one layer alone is named by its whole path");
  const back = await loadAdapter(model, files);
  assert.deepEqual([...back.parameters], [...cut.parameters]);
  assert.equal(back.modules.get("layers.1.o_proj"), "model.layers.1.self_attn.o_proj");
  const wanted = await logits(cut);
  assert.deepEqual(await logits(back), wanted);
  expectNear(await logits(await bake(back.model, back.parameters)), wanted, 1e-5 * largest(wanted));
});

/** Why the peer in Python cannot run; false where it can. */
const python = process.env.RELIZO_ONNX_PYTHON || "/usr/bin/python3";
const noPeer: string | false =
  noModels ||
  (spawnSync(python, ["-c", "import numpy"]).status !== 0 &&
    `${python} has no NumPy: Debian's python3-numpy brings it`);

test("a reader in Python by PEFT's documented rules merges our adapter to our outputs", {
  skip: noPeer,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "relizo-adapter-"));
  try {
    const first = await addLora(modelOf("stories260k"), {
      targets: ["k_proj", "gate_proj"],
      rank: 3,
      alpha: 2,
    });
    const second = await addLora(first.model, { targets: "layers.4.down_proj", rank: 1, alpha: 2 });
    const all = [...first.parameters, ...second.parameters].map(
      ({ name, shape, data }) => [name, { shape, data }] as const,
    );
    const cut = stir({ model: second.model, parameters: Parameters.from(new Map(all)) });
    saveAdapter(folder, cut, { config: configOf("stories260k") });
    const base = join(dataFolder() ?? "", "stories260k");
    const ran = spawnSync(python, [peers("reader.py"), base, folder, JSON.stringify(IDS)], {
      encoding: "utf8",
    });
    assert.equal(ran.status, 0, ran.stderr);
    const merged = await logits(await bake(cut.model, cut.parameters));
    // float32 against float64: the supplied references state 1e-4 for this model.
    expectNear(lastRow(merged, 512), JSON.parse(ran.stdout), 1e-4);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

const reference = JSON.parse(readFileSync(peers("reference.json"), "utf8"));

for (const name of ["patterns", "stabilized"])
  test(`an adapter made elsewhere gives the logits computed there: ${name}`, { skip: noModels }, async () => {
    const model = modelOf("stories260k");
    const cut = await loadAdapter(model, readAdapterFolder(peers(name)));
    const { ids } = reference;
    const run = async (what: OnnxModel | Cut): Promise<Float32Array> =>
      numbers(await runOnce(what, textFeeds(model, [ids])));
    const found = { adapter: await run(cut), baked: await run(await bake(cut.model, cut.parameters)) };
    const base = lastRow(await run(model), 512).subarray(0, 16);
    const { lastFirst16, firstFirst16, lastSum } = reference[name];
    assert.ok(
      base.some((x, i) => Math.abs(x - lastFirst16[i]) > 0.5),
      "the adapter changes the logits",
    );
    for (const all of Object.values(found)) {
      const last = lastRow(all, 512);
      expectNear(last.subarray(0, 16), lastFirst16, 1e-4);
      expectNear(all.subarray(0, 16), firstFirst16, 1e-4);
      const sum = last.reduce((total, x) => total + x, 0);
      assert.ok(!(Math.abs(sum - lastSum) > 512e-4), `${sum} for ${lastSum}`);
    }
  });

test("BERT's and GPT-2's modules get their classes' paths, and other names by pairs or a prefix", {
  skip: noModels,
}, async () => {
  const bert = await addLora(modelOf("imdb-bert"), {
    targets: ["query", "attention_output", "layer.0.output"],
    rank: 1,
  });
  const written = encodeAdapter(bert, { config: configOf("imdb-bert") });
  const names = decodeSafetensors(written.weights).parameters.names;
  const at = "base_model.model.bert.encoder.layer";
  assert.ok(names.includes(`${at}.3.attention.self.query.lora_A.weight`));
  assert.ok(names.includes(`${at}.3.attention.output.dense.lora_B.weight`));
  assert.ok(names.includes(`${at}.0.output.dense.lora_B.weight`));
  assert.equal(JSON.parse(written.config).task_type, null, "PEFT has no task of masked tokens");
  assert.equal((await loadAdapter(modelOf("imdb-bert"), written)).modules.size, 9);

  const base = form("gpt2");
  const gpt2 = await addLora(base, { targets: ["c_attn", "c_proj"], rank: 1 });
  const config = { model_type: "gpt2", n_layer: 2, n_embd: 8, n_head: 2, architectures: ["GPT2LMHeadModel"] };
  const files = encodeAdapter(gpt2, { config });
  const found = decodeSafetensors(files.weights).parameters.names.filter((name) => /lora_A/.test(name));
  const wanted = [0, 1].flatMap((i) =>
    ["attn.c_attn", "attn.c_proj", "mlp.c_proj"].map((m) => `transformer.h.${i}.${m}`),
  );
  assert.deepEqual(
    found,
    wanted.map((path) => `base_model.model.${path}.lora_A.weight`),
  );
  assert.equal(JSON.parse(files.config).fan_in_fan_out, true);
  const bare = encodeAdapter(gpt2, { config: { ...config, architectures: ["GPT2Model"] } });
  assert.ok(decodeSafetensors(bare.weights).parameters.has("base_model.model.h.0.mlp.c_proj.lora_A.weight"));

  const plain = decodeSafetensors(encodeAdapter(gpt2).weights).parameters.names;
  assert.ok(plain.includes("base_model.model.h.0.c_proj.lora_A.weight"));
  const prefixed = decodeSafetensors(encodeAdapter(gpt2, { paths: "net" }).weights).parameters.names;
  assert.ok(prefixed.includes("base_model.model.net.h.0.c_proj.lora_A.weight"));
  const paths = [["h.*.c_proj", "blocks.*.out"]] as const;
  const paired = encodeAdapter(gpt2, { paths });
  assert.ok(decodeSafetensors(paired.weights).parameters.has("base_model.model.blocks.1.out.lora_A.weight"));
  await assert.rejects(loadAdapter(base, paired), /has "blocks\.0\.out", which is not clear .* near it are/);
  assert.equal((await loadAdapter(base, paired, { paths })).modules.get("h.1.c_proj"), "blocks.1.out");
});

test("a prompt and a prefix are laid out as PEFT's, and read back bit for bit", {
  skip: noModels,
}, async () => {
  const [model, config] = [modelOf("stories260k"), configOf("stories260k")];
  const prompt = stir(await addPrompt(model, { tokens: 3 }));
  const files = encodeAdapter(prompt, { config });
  const said = JSON.parse(files.config);
  assert.deepEqual(
    [said.peft_type, said.num_virtual_tokens, said.token_dim, said.num_layers, said.num_attention_heads],
    ["PROMPT_TUNING", 3, 64, 5, 8],
  );
  assert.deepEqual([said.num_transformer_submodules, said.prompt_tuning_init], [1, "RANDOM"]);
  assert.deepEqual(decodeSafetensors(files.weights).parameters.get("prompt_embeddings").shape, [3, 64]);
  const back = await loadAdapter(model, files);
  assert.equal(back.vocabulary, 512);
  assert.deepEqual([...back.parameters], [...prompt.parameters]);

  const prefix = stir(await addPrefix(model, { tokens: 2 }));
  const written = encodeAdapter(prefix, { config });
  const says = JSON.parse(written.config);
  // Grouped queries: PEFT counts heads of keys, and calls the width of these token_dim.
  assert.deepEqual(
    [says.peft_type, says.num_virtual_tokens, says.token_dim, says.num_layers, says.num_attention_heads],
    ["PREFIX_TUNING", 2, 32, 5, 4],
  );
  assert.deepEqual([says.encoder_hidden_size, says.prefix_projection], [32, false]);
  assert.deepEqual(decodeSafetensors(written.weights).parameters.get("prompt_embeddings").shape, [
    2,
    5 * 2 * 32,
  ]);
  assert.equal(
    encodeAdapter(prefix).config,
    encodeAdapter(prefix, { config, taskType: "CAUSAL_LM" }).config.replace('"CAUSAL_LM"', "null"),
    "the graph's past tells the same",
  );
  assert.deepEqual(await logits(await loadAdapter(model, written)), await logits(prefix));
  const wrong = { layers: 4, heads: 4, size: 8 };
  assert.throws(
    () => encodeAdapter(prefix, { prefix: wrong }),
    /320 numbers, and 4 layers of 4 heads of 8 take 256/,
  );
});

test("a head that was trained beside an adapter is saved with it", { skip: noModels }, async () => {
  const model = modelOf("imdb-bert");
  const low = await addLora(model, { targets: "value", rank: 2 });
  const head = addHead(low.model, { classes: 3 });
  const all = [...low.parameters, ...head.parameters].map(
    ({ name, shape, data }) => [name, { shape, data }] as const,
  );
  const cut = stir({ model: head.model, parameters: Parameters.from(new Map(all)) });
  const files = encodeAdapter(cut, { config: configOf("imdb-bert") });
  const config = JSON.parse(files.config);
  assert.deepEqual([config.task_type, config.modules_to_save], ["SEQ_CLS", ["classifier"]]);
  const { parameters } = decodeSafetensors(files.weights);
  assert.deepEqual(parameters.get("base_model.model.classifier.weight").shape, [3, 256]);
  const score = decodeSafetensors(encodeAdapter(cut, { head: "score" }).weights).parameters;
  assert.ok(score.has("base_model.model.score.bias"));
  await assert.rejects(loadAdapter(model, files), /a head "classifier" that the model has not; .* pool/);
  const back = await loadAdapter(model, files, { pool: "cls" });
  assert.deepEqual([...back.parameters], [...cut.parameters]);
  const outputs = await Promise.all([back, cut].map((one) => runOnce(one, textFeeds(model, [IDS]))));
  assert.deepEqual(numbers(outputs[0]!, "class_logits"), numbers(outputs[1]!, "class_logits"));

  const prompt = stir(addHead((await addPrompt(model, { tokens: 2 })).model, { classes: 2 }));
  const rows = Parameters.from({
    ...Object.fromEntries([...prompt.parameters].map((t) => [t.name, t])),
    prompt_embeddings: { shape: [2, 256], data: new Float32Array(512) },
  });
  const learned = encodeAdapter({ model: prompt.model, parameters: rows });
  assert.deepEqual(decodeSafetensors(learned.weights).parameters.names, [
    "base_model.classifier.bias",
    "base_model.classifier.weight",
    "prompt_embeddings",
  ]);
});

test("an adapter fits a model that was built from the class's own files, by equal paths, in half precision too", {
  skip: noModels,
}, async () => {
  const model = await fromHuggingFace(join(dataFolder() ?? "", "stories260k"));
  const cut = await loadAdapter(model, readAdapterFolder(peers("patterns")));
  assert.ok([...cut.modules].every(([own, theirs]) => own === theirs));
  const { ids, patterns } = reference;
  const all = numbers(await runOnce(cut, textFeeds(model, [ids])));
  expectNear(lastRow(all, 512).subarray(0, 16), patterns.lastFirst16, 1e-4);
  const files = encodeAdapter(cut, { type: "F16" });
  const back = await loadAdapter(model, files);
  for (const { name, data } of back.parameters) {
    // Numbers up to 0.2 are rounded to 11 bits.
    const exact = cut.parameters.get(name).data;
    assert.ok(
      data.every((x, i) => !(Math.abs(x - (exact[i] ?? NaN)) > 0.2 * 2 ** -11)),
      name,
    );
  }
});

test("adapters of convolutions keep their kernels", async () => {
  const model = form("pixels");
  const cut = stir(await addLora(model, { targets: "**", rank: 2 }));
  const files = encodeAdapter(cut);
  const shapes = [...decodeSafetensors(files.weights).parameters].map(({ shape }) => shape);
  assert.ok(shapes.some((shape) => shape.length === 4));
  const back = await loadAdapter(model, files);
  assert.deepEqual([...back.parameters], [...cut.parameters]);
});
