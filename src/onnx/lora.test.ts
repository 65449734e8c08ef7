/** Which modules get an adapter, what it starts as, and what is refused. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { modelOf, noModels } from "../../test/onnx-models.ts";
import { expose } from "./expose.ts";
import { linears } from "./linear.ts";
import { addLora } from "./lora.ts";
import { type OnnxModel, parseModel } from "./model.ts";

function form(name: string): OnnxModel {
  return parseModel(readFileSync(new URL(`../../test/onnx-forms/${name}.onnx`, import.meta.url)), name);
}

const modules = (names: readonly string[]): string[] => [
  ...new Set(names.map((name) => name.replace(/\.lora_[AB]\.weight$/, ""))),
];

test("targets are paths, ends of paths as in PEFT, patterns, expressions and lists", async () => {
  const model = form("gpt2");
  const chosen = async (targets: string | RegExp | (string | RegExp)[]): Promise<string[]> =>
    modules((await addLora(model, { targets, rank: 1 })).parameters.names);
  assert.deepEqual(await chosen("c_fc"), ["h.0.c_fc", "h.1.c_fc"]);
  assert.deepEqual(await chosen("attn.c_proj"), ["h.0.attn.c_proj", "h.1.attn.c_proj"]);
  assert.deepEqual(await chosen("h.0.c_proj"), ["h.0.c_proj"]);
  assert.deepEqual(await chosen("h.0.*.c_proj"), ["h.0.attn.c_proj"]);
  assert.deepEqual(await chosen("**.c_attn"), ["h.0.attn.c_attn", "h.1.attn.c_attn"]);
  assert.deepEqual(await chosen("h.1"), ["h.1.attn.c_attn", "h.1.attn.c_proj", "h.1.c_fc", "h.1.c_proj"]);
  assert.deepEqual(await chosen([/0\.attn/, "h.1.c_fc"]), ["h.0.attn.c_attn", "h.0.attn.c_proj", "h.1.c_fc"]);
  assert.equal((await chosen("**")).length, 9);
});

test("every linear module of a LLaMA export is found", { skip: noModels }, () => {
  const found = linears(modelOf("imdb-lm")).map(({ module }) => module);
  const parts = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];
  const wanted = [0, 1, 2, 3].flatMap((i) => parts.map((part) => `layers.${i}.${part}`));
  assert.deepEqual(found.filter((path) => path.startsWith("layers.")).sort(), wanted.sort());
  assert.equal(found.length, wanted.length + 1);
});

test("an adapter has PEFT's names, shapes and start", async () => {
  const { parameters } = await addLora(form("gpt2"), { targets: "c_attn", rank: 4, seed: 5 });
  const a = parameters.get("h.0.attn.c_attn.lora_A.weight");
  const b = parameters.get("h.0.attn.c_attn.lora_B.weight");
  assert.deepEqual(
    [a.shape, b.shape],
    [
      [4, 8],
      [24, 4],
    ],
  );
  assert.ok(b.data.every((x) => Object.is(x, 0)));
  assert.ok(a.data.every((x) => Math.abs(x) <= 1 / Math.sqrt(8)));
  const wide = (await addLora(form("gpt2"), { targets: "c_attn", rank: 1024 })).parameters;
  const { data } = wide.get("h.0.attn.c_attn.lora_A.weight");
  const [mean, square] = [0, 1].map(
    (power) => data.reduce((sum, x) => sum + x ** (power + 1), 0) / data.length,
  );
  // Uniform in +-1/sqrt(8): variance 1/24; six standard deviations of the mean and of the mean square.
  assert.ok(!(Math.abs(mean!) > 6 * Math.sqrt(1 / 24 / data.length)));
  assert.ok(!(Math.abs(square! - 1 / 24) > (6 * (1 / 8) * Math.sqrt(4 / 45)) / Math.sqrt(data.length)));
});

test("a seed says what A is, and each module has its own", async () => {
  const at = async (seed: number): Promise<Float32Array> =>
    (await addLora(form("gpt2"), { targets: "c_attn", rank: 2, seed })).parameters.flat!;
  assert.deepEqual(await at(7), await at(7));
  assert.notDeepEqual(await at(7), await at(8));
  const { parameters } = await addLora(form("gpt2"), { targets: "c_attn", rank: 2 });
  assert.notDeepEqual(
    ...([0, 1].map((i) => parameters.get(`h.${i}.attn.c_attn.lora_A.weight`).data) as [
      Float32Array,
      Float32Array,
    ]),
  );
});

test("a module that is used twice has one adapter", async () => {
  const { parameters } = await addLora(form("shared"), { targets: "**", rank: 2 });
  assert.equal(parameters.names.length, 2);
});

test("what takes no adapter is refused with the reason, and unknown names with near ones", async () => {
  const lora = (name: string, targets: string, stacked = false) =>
    addLora(form(name), { targets, rank: 2, stacked });
  await assert.rejects(lora("gpt2", "c_atn"), {
    code: "OPTION",
    message: /"c_atn" matches none.*near it "c_attn"/,
  });
  await assert.rejects(lora("gpt2", "h.0.attn.c_porj"), {
    code: "OPTION",
    message: /near it "h\.0\.attn\.c_proj"/,
  });
  await assert.rejects(lora("pixels", "depthwise"), {
    code: "OPTION",
    message: /"depthwise" \(Conv\).*in 8 groups/,
  });
  await assert.rejects(lora("pixels", "down", true), { code: "OPTION", message: /more than single pixels/ });
  await assert.rejects(addLora(form("gpt2"), { targets: [] }), {
    code: "OPTION",
    message: /targets must be/,
  });
  await assert.rejects(addLora(form("gpt2"), { targets: "c_fc", rank: 0 }), {
    code: "OPTION",
    message: /rank must be/,
  });
  const once = await lora("classifier", "dense");
  await assert.rejects(addLora(once.model, { targets: "dense" }), {
    code: "OPTION",
    message: /has an adapter already/,
  });
  assert.ok(!(await lora("pixels", "**")).parameters.names.some((name) => name.startsWith("depthwise")));
});

test("an unknown weight to expose is refused with near names", async () => {
  await assert.rejects(expose(form("gpt2"), "h.0.ln_3"), {
    code: "OPTION",
    message: /"h\.0\.ln_3" matches none of 21 names; near it "h\.0\.ln_1\.weight"/,
  });
  await assert.rejects(expose(form("pixels"), "norm.running_mean"), { code: "OPTION", message: /running/ });
});
