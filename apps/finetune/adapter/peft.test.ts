/** Hugging Face's PEFT itself on the other side: what it made is loaded here, and what is made here is loaded by it. */
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
  expose,
  linearModules,
  type OnnxModel,
  parameters,
} from "../../../src/onnx/index.ts";
import { Parameters } from "../../../src/parameters/index.ts";
import { dataFolder } from "../../../test/data-folder.ts";
import { smallModels, weightsByFormula, withFolder } from "../../../test/huggingface/small-models.ts";
import { modelOf, noModels, numbers, runOnce, textFeeds } from "../../../test/onnx-models.ts";
import { readAdapterFolder, readModelConfig, saveAdapter, saveWeights } from "./files.ts";
import { type LoadAdapterOptions, loadAdapter } from "./load.ts";

const at = (name: string): string =>
  fileURLToPath(new URL(`../../../test/adapters/${name}`, import.meta.url));

interface Made {
  readonly ids: readonly number[];
  readonly first: readonly number[];
  readonly last: readonly number[];
}

const made: Readonly<Record<string, Made>> = JSON.parse(readFileSync(at("peft.json"), "utf8"));

/** float32 on both sides: the supplied references state this bound for float32 against float64. */
const BOUND = 1e-4;

function expectNear(found: ArrayLike<number>, wanted: readonly number[]): void {
  assert.ok(wanted.length > 0);
  wanted.forEach((x, i) => {
    assert.ok(!(Math.abs((found[i] ?? NaN) - x) > BOUND), `${found[i]} for ${x} at ${i}`);
  });
}

async function run(what: OnnxModel | Cut, ids: readonly number[], output = "logits"): Promise<Float32Array> {
  return numbers(await runOnce(what, textFeeds("proto" in what ? what : what.model, [ids])), output);
}

const cases: readonly (readonly [name: string, model: string, options?: LoadAdapterOptions])[] = [
  ["lora", "stories260k"],
  ["rslora", "stories260k"],
  ["prompt", "stories260k"],
  ["prefix", "stories260k"],
  ["bert", "imdb-bert"],
  ["classes", "stories260k", { pool: "last" }],
];

for (const [name, model, options] of cases)
  test(`an adapter that PEFT made gives PEFT's logits: ${name}`, { skip: noModels }, async () => {
    const { ids, first, last } = made[name]!;
    const cut = await loadAdapter(modelOf(model), readAdapterFolder(at(`peft-${name}`)), options);
    const before = cut.vocabulary === undefined ? [] : [0, 1, 2].map((p) => (cut.vocabulary ?? 0) + p);
    const output = name === "classes" ? "class_logits" : "logits";
    for (const what of [cut, await bake(cut.model, cut.parameters)]) {
      const all = await run(what, [...before, ...ids], output);
      const width = all.length / (name === "classes" ? 1 : before.length + ids.length);
      if (name !== "classes") expectNear(all.subarray(before.length * width), first);
      expectNear(all.subarray(all.length - width), last);
    }
  });

const python = process.env.RELIZO_PEFT_PYTHON ?? "";
const noPeft: string | false =
  noModels || (python === "" && "RELIZO_PEFT_PYTHON names no Python with peft, transformers and torch");

function byPeft(kind: string, model: string, adapter: string, ids: readonly number[]): readonly number[][] {
  return python3("read", kind, join(dataFolder() ?? "", model), adapter, JSON.stringify(ids));
}

function python3(...args: readonly string[]): readonly number[][] {
  const ran = spawnSync(python, [at("with_peft.py"), ...args], {
    encoding: "utf8",
    env: { ...process.env, HF_HUB_OFFLINE: "1" },
    maxBuffer: 2 ** 26,
  });
  assert.equal(ran.status, 0, ran.stderr);
  return JSON.parse(ran.stdout);
}

function stir(cut: Cut): Cut {
  [...cut.parameters].forEach(({ data }, t) => {
    for (let i = 0; i < data.length; i++) data[i] = 0.2 * Math.sin(1 + 0.37 * i + 1.91 * t);
  });
  return cut;
}

function joined(...parts: readonly Cut[]): Cut {
  const all = parts.flatMap(({ parameters }) =>
    [...parameters].map(({ name, shape, data }) => [name, { shape, data }] as const),
  );
  return { model: parts.at(-1)!.model, parameters: Parameters.from(new Map(all)) };
}

const ours: readonly (readonly [
  name: string,
  model: string,
  kind: string,
  cut: (model: OnnxModel) => Promise<Cut>,
])[] = [
  [
    "LoRA of two ranks",
    "stories260k",
    "LlamaForCausalLM",
    async (model) => {
      const first = await addLora(model, { targets: ["q_proj", "gate_proj"], rank: 3, alpha: 2 });
      const second = await addLora(first.model, { targets: "layers.4.down_proj", rank: 1, alpha: 2 });
      return joined(first, second);
    },
  ],
  [
    "LoRA of an encoder",
    "imdb-bert",
    "BertForMaskedLM",
    (model) => addLora(model, { targets: ["query", "attention_output", "transform"], rank: 2, alpha: 1 }),
  ],
  ["a prompt", "stories260k", "LlamaForCausalLM", (model) => addPrompt(model, { tokens: 3 })],
  ["a prefix", "stories260k", "LlamaForCausalLM", (model) => addPrefix(model, { tokens: 2 })],
];

for (const [name, model, kind, make] of ours)
  test(`PEFT loads what is written, with no key too many or too few, to our logits: ${name}`, {
    skip: noPeft,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "relizo-peft-"));
    try {
      const cut = stir(await make(modelOf(model)));
      saveAdapter(folder, cut, { config: readModelConfig(join(dataFolder() ?? "", model)) });
      const { ids } = made[model === "imdb-bert" ? "bert" : "lora"]!;
      const before = name === "a prompt" ? [512, 513, 514] : [];
      const all = await run(cut, [...before, ...ids]);
      const wanted = byPeft(kind, model, folder, ids).flat();
      expectNear(all.subarray(all.length - wanted.length), wanted);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

test("PEFT loads a head of a decoder's class that is written as score", { skip: noPeft }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "relizo-peft-"));
  try {
    const low = await addLora(modelOf("stories260k"), { targets: "o_proj", rank: 2 });
    const cut = stir(joined(low, addHead(low.model, { classes: 2 })));
    cut.parameters.get("classifier.bias").data.fill(0); // the class has none
    saveAdapter(folder, cut, {
      config: readModelConfig(join(dataFolder() ?? "", "stories260k")),
      head: "score",
    });
    const { ids } = made.lora!;
    const found = await run(cut, ids, "class_logits");
    expectNear(found, byPeft("LlamaForSequenceClassification", "stories260k", folder, ids).flat());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("transformers loads a model whose weights were all trained, its head apart from its embeddings", {
  skip: noPeft,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "relizo-peft-"));
  try {
    const cut = await expose(modelOf("stories260k"));
    [...cut.parameters].forEach(({ data }, t) => {
      for (let i = 0; i < data.length; i++) data[i] = data[i]! + 0.02 * Math.sin(1 + 0.37 * i + 1.91 * t);
    });
    const config = readModelConfig(join(dataFolder() ?? "", "stories260k"));
    await saveWeights(folder, await bake(cut.model, cut.parameters), { config });
    const { ids } = made.lora!;
    expectNear(await run(cut, ids), python3("plain", "LlamaForCausalLM", folder, JSON.stringify(ids)).flat());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

for (const name of ["bert-classification", "roberta", "opt-350m", "gpt2", "mistral", "qwen2", "qwen3"])
  test(`PEFT adapts the same modules of every class: ${name}`, { skip: noPeft }, async () => {
    const { config, shapes, inputs } = smallModels().find((one) => one.name === name)!;
    const ids = inputs.input_ids![0]!;
    const [kind] = config.architectures as readonly string[];
    const folder = mkdtempSync(join(tmpdir(), "relizo-peft-"));
    try {
      await withFolder(config, weightsByFormula(shapes), async (base) => {
        const model = await fromHuggingFace(base);
        // A table that is the head as well has a name of its own in PEFT, and a warning.
        const tables = parameters(model).filter(({ operators }) => operators.includes("Gather"));
        const targets = linearModules(model)
          .filter(({ initializer }) => !tables.some((table) => table.initializer === initializer))
          .map(({ module }) => module);
        const cut = await addLora(model, { targets, rank: 2, alpha: 1 });
        saveAdapter(folder, stir(cut), { config });
        const found = await run(cut, ids);
        expectNear(found, python3("read", kind!, base, folder, JSON.stringify(ids)).flat());
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
