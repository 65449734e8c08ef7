/** Adapters that are refused: by name, with what was found and what to do. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { addLora, addPrompt, type Cut, expose } from "../../../src/onnx/index.ts";
import { Parameters, type TensorInit } from "../../../src/parameters/index.ts";
import { modelOf, noModels } from "../../../test/onnx-models.ts";
import { encodeAdapter } from "./encode.ts";
import { readAdapterFolder } from "./files.ts";
import { loadAdapter } from "./load.ts";
import type { AdapterSource } from "./read.ts";

const CONFIG = { peft_type: "LORA", r: 2, lora_alpha: 4, target_modules: ["q_proj"] };
const AT = "base_model.model.model.layers.0.self_attn.q_proj";

const zeros = (shapes: Readonly<Record<string, readonly number[]>>): Parameters => Parameters.zeros(shapes);
const low = (
  a: readonly number[] = [2, 64],
  b: readonly number[] = [64, 2],
): Record<string, readonly number[]> => ({
  [`${AT}.lora_A.weight`]: a,
  [`${AT}.lora_B.weight`]: b,
});

const cases: readonly (readonly [string, AdapterSource, RegExp])[] = [
  ["no JSON", { config: "{", weights: zeros(low()) }, /adapter_config\.json is not JSON/],
  ["no object", { config: "[1]", weights: zeros(low()) }, /must be an object/],
  [
    "no type",
    { config: {}, weights: zeros(low()) },
    /peft_type is undefined; LORA, PROMPT_TUNING and PREFIX_TUNING/,
  ],
  ["IA3", { config: { peft_type: "IA3" }, weights: zeros(low()) }, /peft_type is "IA3";.*merge_and_unload/],
  ["LOHA", { config: { peft_type: "LOHA" }, weights: zeros(low()) }, /"LOHA"/],
  ...(
    [
      ["use_dora", true],
      ["lora_bias", true],
      ["bias", "lora_only"],
      ["use_qalora", true],
      ["layer_replication", [[0, 1]]],
      ["target_parameters", ["experts.gate"]],
      ["init_lora_weights", "pissa_niter_16"],
    ] as const
  ).map(
    ([key, value]) =>
      [
        key,
        { config: { ...CONFIG, [key]: value }, weights: zeros(low()) },
        new RegExp(`has ${key} .*merge_and_unload`),
      ] as const,
  ),
  [
    "a pickle",
    { config: CONFIG, weights: Uint8Array.of(0x50, 0x4b, 3, 4) },
    /adapter_model\.bin is a pickle.*safe_serialization/,
  ],
  ["an old pickle", { config: CONFIG, weights: Uint8Array.of(0x80, 2, 0x8a) }, /is a pickle/],
  ["damage", { config: CONFIG, weights: new Uint8Array(20).fill(7) }, /header/],
  [
    "numbers that are none",
    { config: CONFIG, weights: Parameters.from({ "x.lora_A.weight": new Float32Array([1, NaN]) }) },
    /"x\.lora_A\.weight" holds numbers that are not finite/,
  ],
  [
    "one half",
    { config: CONFIG, weights: zeros({ [`${AT}.lora_A.weight`]: [2, 64] }) },
    /q_proj" has only lora_A\.weight/,
  ],
  [
    "no halves",
    { config: CONFIG, weights: zeros({ "score.weight": [2, 64] }) },
    /holds no lora_A\.weight and lora_B\.weight, but "score/,
  ],
  [
    "another rank",
    { config: { ...CONFIG, r: 4 }, weights: zeros(low()) },
    /lora_A \[2, 64\] and lora_B \[64, 2\]; rank 4/,
  ],
  [
    "a rank of a pattern",
    { config: { ...CONFIG, rank_pattern: { q_proj: 3 } }, weights: zeros(low()) },
    /rank 3/,
  ],
  ["no rank", { config: { ...CONFIG, r: 0 }, weights: zeros(low()) }, /has r 0 for "model\.layers\.0/],
  [
    "no expression",
    { config: { ...CONFIG, alpha_pattern: { "(": 3 } }, weights: zeros(low()) },
    /"\(", which is no regular/,
  ],
  [
    "another width",
    { config: CONFIG, weights: zeros(low([2, 32])) },
    /but the model's "layers\.0\.q_proj" takes \[2, 64\] and \[64, 2\]/,
  ],
  [
    "two adapters",
    {
      config: CONFIG,
      weights: zeros({ [`${AT}.lora_A.one.weight`]: [2, 64], [`${AT}.lora_B.two.weight`]: [64, 2] }),
    },
    /several adapters, "one", "two"/,
  ],
  [
    "an embedding's",
    { config: CONFIG, weights: zeros({ ...low(), "base_model.model.wte.lora_embedding_A": [2, 9] }) },
    /low rank of an embedding/,
  ],
  [
    "DoRA's vector",
    { config: CONFIG, weights: zeros({ ...low(), [`${AT}.lora_magnitude_vector`]: [64] }) },
    /magnitude_vector": DoRA's/,
  ],
  [
    "an unknown module",
    {
      config: CONFIG,
      weights: zeros({
        "base_model.model.model.layers.9.self_attn.q_proj.lora_A.weight": [2, 64],
        "base_model.model.model.layers.9.self_attn.q_proj.lora_B.weight": [64, 2],
      }),
    },
    /"model\.layers\.9\.self_attn\.q_proj", which is not clear.*near it are "layers\.\d\.q_proj".*paths/,
  ],
  [
    "a module trained whole",
    { config: CONFIG, weights: zeros({ ...low(), "base_model.model.score.out.weight": [2, 64] }) },
    /has "score\.out\.weight", of a module that was trained whole/,
  ],
  [
    "a prompt of another width",
    { config: { peft_type: "PROMPT_TUNING" }, weights: zeros({ prompt_embeddings: [3, 32] }) },
    /3 x 64 numbers/,
  ],
  [
    "a prompt of other tokens",
    {
      config: { peft_type: "PROMPT_TUNING", num_virtual_tokens: 5, token_dim: 64 },
      weights: zeros({ prompt_embeddings: [3, 64] }),
    },
    /shape \[3, 64\]; adapter_config\.json says \[5, 64\]/,
  ],
  [
    "no prompt",
    { config: { peft_type: "PROMPT_TUNING" }, weights: zeros(low()) },
    /holds no "prompt_embeddings", but "base_model/,
  ],
  [
    "an encoder-decoder's prompt",
    {
      config: { peft_type: "PROMPT_TUNING", num_transformer_submodules: 2 },
      weights: zeros({ prompt_embeddings: [6, 64] }),
    },
    /encoder-decoders/,
  ],
  [
    "a prefix of other heads",
    {
      config: { peft_type: "PREFIX_TUNING", num_layers: 5, num_attention_heads: 8, token_dim: 32 },
      weights: zeros({ prompt_embeddings: [2, 320] }),
    },
    /5 layers of 8 heads, the model has 5 of 4/,
  ],
];

test("what cannot be loaded is refused by name", { skip: noModels }, async (context) => {
  const model = modelOf("stories260k");
  for (const [name, source, message] of cases)
    await context.test(name, () =>
      assert.rejects(loadAdapter(model, source), (error: Error) => {
        assert.equal(error.name, "RelizoError");
        assert.match(error.message, message);
        return true;
      }),
    );
});

test("a folder with a pickle alone is refused with what to do", () => {
  const folder = mkdtempSync(join(tmpdir(), "relizo-adapter-"));
  try {
    assert.throws(() => readAdapterFolder(folder), /adapter_config\.json" cannot be read/);
    writeFileSync(join(folder, "adapter_config.json"), "{}");
    assert.throws(() => readAdapterFolder(folder), /adapter_model\.safetensors" cannot be read/);
    writeFileSync(join(folder, "adapter_model.bin"), "PK");
    assert.throws(() => readAdapterFolder(folder), /a pickle, which is a program/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("what is no adapter is not written as one", { skip: noModels }, async () => {
  const model = modelOf("stories260k");
  const all = await expose(model, "norm.weight");
  assert.throws(() => encodeAdapter(all), /what "expose" cut\. .* modelWeights, after bake/);
  assert.throws(
    () => encodeAdapter({ model, parameters: Parameters.from({}) }),
    /nothing but, at most, a head/,
  );
  const cut = await addLora(model, { targets: "q_proj", rank: 2 });
  const both = await addPrompt(cut.model, { tokens: 1 });
  assert.throws(() => encodeAdapter(both), /what "lora", "prompt" cut/);
  const without = (drop: RegExp): Cut => ({
    model: cut.model,
    parameters: Parameters.from(
      new Map(
        [...cut.parameters].flatMap((t): [string, TensorInit][] => (drop.test(t.name) ? [] : [[t.name, t]])),
      ),
    ),
  });
  assert.throws(
    () => encodeAdapter(without(/0\.q_proj\.lora_B/)),
    /"layers\.0\.q_proj\.lora_B\.weight" must have shape \[64, 2\], got no such tensor/,
  );
  const config = { model_type: "gpt2", n_layer: 5 };
  assert.throws(
    () => encodeAdapter(cut, { config }),
    /not clear what "layers\.0\.q_proj" is called in Hugging Face's gpt2.*paths: \[\["layers/,
  );
  assert.throws(() => encodeAdapter(cut, { paths: [["layers.*.q_proj", "same"]] }), /a name of its own/);
});
