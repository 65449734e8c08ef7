/** Folders as they come: half precision, shards, weights that stay in their files; and those that are refused, by name. */
import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { open as openFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { expectClose, expectSame } from "../../../test/expect-close.ts";
import { open } from "../../../test/huggingface/run-graph.ts";
import {
  type FolderOptions,
  type SmallModel,
  smallModels,
  weightsByFormula,
  withFolder,
} from "../../../test/huggingface/small-models.ts";
import { expectChecked } from "../../../test/onnx-checker.ts";
import { encodeSafetensors, Parameters } from "../../parameters/index.ts";
import type { HuggingFaceOptions } from "../huggingface/build.ts";
import { fromHuggingFaceFiles } from "../huggingface/files.ts";
import { encodeModel, graphOf } from "../model.ts";
import { parameters } from "../parameters.ts";
import { readFloats } from "../tensor.ts";
import { fromHuggingFace } from "./huggingface.ts";

const models = smallModels();
const named = (name: string): SmallModel => models.find((one) => one.name === name)!;
const llama = named("llama");
const bert = named("bert-untied");

function logits(
  small: SmallModel,
  stored: FolderOptions = {},
  options: Partial<HuggingFaceOptions> = {},
): Promise<Float32Array> {
  return withFolder(
    small.config,
    weightsByFormula(small.shapes),
    async (folder) => {
      const model = await fromHuggingFace(folder, options);
      const out = await (await open(model))(small.inputs);
      return out.logits!.data;
    },
    stored,
  );
}

for (const small of [llama, bert, named("gpt2")])
  for (const type of ["F16", "BF16"] as const)
    test(`${small.name} in ${type}: widened by the graph or in the model, the logits are the same`, async () => {
      const stored = await logits(small, { type });
      expectSame(stored, await logits(small, { type }, { precision: "float32" }), "logit");
      const unit = type === "F16" ? 2 ** -11 : 2 ** -8;
      expectClose(stored, await logits(small), 200 * unit, "logit"); // sums of 200 terms at most, of size 1
      await withFolder(
        small.config,
        weightsByFormula(small.shapes),
        async (folder) => {
          const kept = await fromHuggingFace(folder);
          const widened = await fromHuggingFace(folder, { precision: "float32" });
          const types = (of: typeof kept): Set<string> => new Set(parameters(of).map((one) => one.type));
          assert.deepEqual(types(kept), new Set([type === "F16" ? "float16" : "bfloat16"]));
          assert.deepEqual(types(widened), new Set(["float32"]));
          await expectChecked(kept);
        },
        { type },
      );
    });

test("weights in several files are those in one", async () => {
  expectSame(await logits(llama, { shards: 3 }), await logits(llama), "logit");
});

for (const stored of [{ shards: 1 }, { shards: 3, type: "F16" }] as const)
  test(`large weights stay in their files, ${stored.shards} of them`, async () => {
    await withFolder(
      llama.config,
      weightsByFormula(llama.shapes),
      async (folder) => {
        const apart = await fromHuggingFace(folder, { apartFrom: 0 });
        assert.ok(encodeModel(apart).length < 40_000, "the graph alone");
        const whole = await fromHuggingFace(folder);
        const [a, b] = [await open(apart), await open(whole)];
        expectSame((await a(llama.inputs)).logits!.data, (await b(llama.inputs)).logits!.data, "logit");
        for (const [i, tensor] of graphOf(apart).initializer.entries())
          if (tensor.externalData.length > 0)
            expectSame(
              await readFloats(tensor, apart.external),
              await readFloats(graphOf(whole).initializer[i]!),
              tensor.name,
            );
      },
      stored,
    );
  });

test("in a cache whose files are links, large weights are found where they lie", async () => {
  for (const shards of [1, 2])
    await withFolder(
      llama.config,
      weightsByFormula(llama.shapes),
      async (folder) => {
        const cache = { blobs: join(folder, "blobs"), model: join(folder, "snapshots", "main") };
        mkdirSync(cache.blobs);
        mkdirSync(cache.model, { recursive: true });
        for (const [i, name] of readdirSync(folder)
          .filter((name) => name.includes("."))
          .entries()) {
          renameSync(join(folder, name), join(cache.blobs, `blob${i}`));
          symlinkSync(join(cache.blobs, `blob${i}`), join(cache.model, name));
        }
        const model = await fromHuggingFace(cache.model, { apartFrom: 0 });
        const found = (await (await open(model))(llama.inputs)).logits!.data;
        expectSame(found, await logits(llama), "logit");
      },
      { shards },
    );
});

test("weights of 3 GiB stay where they are, behind 2 GiB too, and nothing of them is read", async () => {
  const shapes = { ...llama.shapes, "model.embed_tokens.weight": [50_000_000, 16] };
  const { "model.embed_tokens.weight": _, ...small } = shapes;
  const folder = mkdtempSync(join(tmpdir(), "relizo-huggingface-"));
  try {
    writeFileSync(join(folder, "config.json"), JSON.stringify({ ...llama.config, vocab_size: 50_000_000 }));
    const table = 50_000_000 * 16 * 4; // a hole in the file: it takes no room
    let end = table;
    const places: Record<string, object> = {
      "model.embed_tokens.weight": { dtype: "F32", shape: [50_000_000, 16], data_offsets: [0, table] },
    };
    const rest = [...weightsByFormula(small)];
    for (const { name, shape, data } of rest) {
      places[name] = { dtype: "F32", shape, data_offsets: [end, end + data.byteLength] };
      end += data.byteLength;
    }
    const header = Buffer.from(JSON.stringify(places));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const file = await openFile(join(folder, "model.safetensors"), "w");
    await file.write(Buffer.concat([length, header]), 0, 8 + header.length, 0);
    const bytes = Buffer.concat(
      rest.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
    );
    await file.write(bytes, 0, bytes.length, 8 + header.length + table);
    await file.close();
    const model = await fromHuggingFace(folder);
    assert.ok(encodeModel(model).length < 40_000);
    const norm = graphOf(model).initializer.find(({ name }) => name === "model.norm.weight")!;
    assert.ok(Number(norm.externalData.find(({ key }) => key === "offset")!.value) > 2 ** 31);
    const expected = rest.find(({ name }) => name === "model.norm.weight")!.data;
    expectSame(await readFloats(norm, model.external), expected, "weight");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("from files at hand it is the same model; a tensor in two of them is refused", async () => {
  const all = [...weightsByFormula(llama.shapes)];
  const bytes = (part: typeof all): Uint8Array<ArrayBuffer> =>
    encodeSafetensors(Parameters.from(new Map(part.map(({ name, shape, data }) => [name, { shape, data }]))));
  const files = { "a.safetensors": new Blob([bytes(all.slice(0, 7))]), "b.safetensors": bytes(all.slice(7)) };
  const expected = await logits(llama);
  const model = await fromHuggingFaceFiles(llama.config, files);
  expectSame((await (await open(model))(llama.inputs)).logits!.data, expected, "logit");
  const apart = await fromHuggingFaceFiles(llama.config, files, { apartFrom: 0 });
  for (const tensor of graphOf(apart).initializer.filter(({ externalData }) => externalData.length > 0)) {
    const { data } = all.find(({ name }) => name === tensor.name)!;
    expectSame(await readFloats(tensor, apart.external), data, tensor.name);
  }
  await assert.rejects(
    fromHuggingFaceFiles(llama.config, { ...files, "c.safetensors": bytes(all.slice(3, 4)) }),
    {
      code: "DATA",
      message: /is in two files/,
    },
  );
});

test("float32 that does not fit into one model is refused, with what does", async () => {
  await assert.rejects(logits(llama, { type: "F16" }, { precision: "float32", apartFrom: 100 }), {
    code: "OPTION",
    message: /as float32 the weights take \d+ bytes, more than the 100 .* leave precision out/,
  });
});

test("tensors that the graph has no use for are left where they are", async () => {
  const idle: readonly (readonly [SmallModel, SmallModel["shapes"]])[] = [
    [llama, { "lm_head.weight": [30, 16], "model.layers.0.self_attn.rotary_emb.inv_freq": [2] }], // tied all the same
    [named("gpt2"), { "h.0.attn.bias": [1, 1, 12, 12], "h.0.attn.masked_bias": [1] }],
    [bert, { "bert.pooler.dense.weight": [16, 16], "cls.seq_relationship.bias": [2] }],
  ];
  for (const [small, more] of idle)
    await withFolder(small.config, weightsByFormula({ ...small.shapes, ...more }), async (folder) => {
      const names = parameters(await fromHuggingFace(folder)).map(({ name }) => name);
      assert.deepEqual(names.sort(), Object.keys(small.shapes).sort());
    });
});

/** What is said of a model whose configuration or shapes are changed. */
async function refusal(
  small: SmallModel,
  config: Readonly<Record<string, unknown>>,
  shapes: (of: Record<string, readonly number[]>) => void = () => {},
  options: object = {},
): Promise<{ code: string; message: string }> {
  const own = { ...small.shapes };
  shapes(own);
  return withFolder({ ...small.config, ...config }, weightsByFormula(own), (folder) =>
    fromHuggingFace(folder, options).then(
      () => assert.fail("it was built"),
      (error) => ({ code: error.code, message: error.message }),
    ),
  );
}

test("what is not known of a configuration is refused by name, with what can be built", async () => {
  const cases: readonly (readonly [SmallModel, Record<string, unknown>, RegExp])[] = [
    [llama, { model_type: "mamba" }, /model_type is "mamba"; bert, camembert, gpt2, llama, .* can be built/],
    [llama, { model_type: undefined }, /model_type must be a text, it is not there/],
    [llama, { hidden_size: undefined }, /hidden_size must be a whole number >= 1, it is not there/],
    [llama, { hidden_size: "16" }, /hidden_size must be a whole number >= 1, got "16"/],
    [llama, { hidden_act: "mish" }, /hidden_act is "mish"; activations that can be built are relu/],
    [
      llama,
      { rope_scaling: { rope_type: "yarn", factor: 4 } },
      /rope_scaling\.rope_type is "yarn"; "default", "linear" and "llama3"/,
    ],
    [llama, { rope_scaling: { rope_type: "linear" } }, /rope_scaling\.factor must be a number > 0/],
    [llama, { partial_rotary_factor: 0.5 }, /partial_rotary_factor is 0.5; 1 is what can be built/],
    [llama, { num_key_value_heads: 3 }, /num_key_value_heads is 3; it must divide num_attention_heads, 4/],
    [
      llama,
      { quantization_config: { bits: 4 } },
      /quantization_config is .*quantized weights cannot be perturbed/,
    ],
    [llama, { architectures: ["LlamaForTokenClassification"] }, /architectures is .*; which tells no task/],
    [named("qwen2"), { use_sliding_window: true }, /use_sliding_window is true; false is what can be built/],
    [
      bert,
      { position_embedding_type: "relative_key" },
      /position_embedding_type is "relative_key"; "absolute"/,
    ],
    [bert, { is_decoder: true }, /is_decoder is true/],
    [named("opt"), { layer_norm_elementwise_affine: false }, /layer_norm_elementwise_affine is false/],
    [named("gpt2"), { add_cross_attention: true }, /add_cross_attention is true/],
  ];
  for (const [small, config, message] of cases) {
    const said = await refusal(small, config);
    assert.equal(said.code, "DATA", said.message);
    assert.match(said.message, message);
    assert.match(said.message, /^fromHuggingFace: config\.json: /);
  }
});

test("tasks that a model does not have, and options that are none, are refused", async () => {
  const none = (): void => {};
  assert.match(
    (await refusal(llama, {}, none, { task: "fill-mask" })).message,
    /model_type is "llama"; which has no fill-mask; its task: "text-generation"/,
  );
  assert.match(
    (await refusal(bert, {}, none, { task: "text-classification" })).message,
    /the weights lack "bert\.pooler\.dense\.weight" \[16, 16\]/,
  );
  const wrong = await refusal(llama, {}, none, { precision: "float64" });
  assert.equal(wrong.code, "OPTION");
});

test("weights that are missing, wrongly shaped or left over are refused by name", async () => {
  const up = "model.layers.1.mlp.up_proj.weight";
  const cases: readonly (readonly [(of: Record<string, readonly number[]>) => void, RegExp])[] = [
    [
      (of) => delete of[up],
      /the weights lack "model\.layers\.1\.mlp\.up_proj\.weight" \[24, 16\].*near it are "model\.layers\./,
    ],
    [
      (of) => {
        of[up] = [16, 24];
      },
      /"model\.layers\.1\.mlp\.up_proj\.weight" has the shape \[16, 24\], but config\.json makes it \[24, 16\]/,
    ],
    [
      (of) => {
        of["model.layers.0.self_attn.q_proj.bias"] = [16];
      },
      /llama as config\.json has it takes no "model\.layers\.0\.self_attn\.q_proj\.bias"/,
    ],
    [
      (of) => {
        of["model.layers.2.mlp.up_proj.weight"] = [24, 16];
      },
      /takes no "model\.layers\.2\.mlp\.up_proj\.weight"/,
    ],
  ];
  for (const [change, message] of cases) {
    const said = await refusal(llama, {}, change);
    assert.equal(said.code, "DATA");
    assert.match(said.message, message);
  }
});

test("folders without the files, and damaged ones, are refused by name", async () => {
  const folder = mkdtempSync(join(tmpdir(), "relizo-huggingface-"));
  try {
    const said = (): Promise<string> =>
      fromHuggingFace(folder).then(
        () => assert.fail("it was built"),
        (error) => error.message,
      );
    assert.match(await said(), /has no config\.json\. A Hugging Face folder is needed/);
    writeFileSync(join(folder, "config.json"), "{");
    assert.match(await said(), /config\.json is not JSON/);
    writeFileSync(join(folder, "config.json"), JSON.stringify(llama.config));
    assert.match(await said(), /has no model\.safetensors\. A Hugging Face folder/);
    writeFileSync(join(folder, "pytorch_model.bin"), "");
    assert.match(await said(), /only pytorch_model\.bin, which is a program: .* safe_serialization=True/);
    writeFileSync(join(folder, "model.safetensors"), "none");
    assert.match(await said(), /model\.safetensors: the file has 4 bytes/);
  } finally {
    rmSync(folder, { recursive: true });
  }
  await withFolder(
    llama.config,
    Parameters.from(new Map([["other", { shape: [1], data: Float32Array.of(1) }]])),
    async (at) => {
      appendFileSync(join(at, "model.safetensors"), "more");
      await assert.rejects(fromHuggingFace(at), {
        code: "DATA",
        message: /the last 4 bytes belong to no tensor/,
      });
    },
  );
});
