/** Weights as inputs and adapters: outputs stay what they were, and what is baked computes what was run. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { expectClose, expectSame } from "../../test/expect-close.ts";
import { expectChecked, noChecker } from "../../test/onnx-checker.ts";
import { runExactly } from "../../test/onnx-exact.ts";
import {
  floats,
  ints,
  largest,
  modelOf,
  noModels,
  numbers,
  runOnce,
  textFeeds,
} from "../../test/onnx-models.ts";
import { widenF16 } from "../parameters/half.ts";
import { Parameters } from "../parameters/index.ts";
import { uniforms } from "../sample/stream.ts";
import { bake } from "./bake.ts";
import { type Cut, trainableInputs } from "./cut.ts";
import { expose } from "./expose.ts";
import { addLora } from "./lora.ts";
import { encodeModel, graphOf, type OnnxModel, parseModel } from "./model.ts";
import { parameters } from "./parameters.ts";
import type { Feeds } from "./session/session.ts";

const random = (row: number, length: number): Float32Array =>
  Float32Array.from(uniforms({ seed: 3, step: 0 }, row, length), (u) => 2 * u - 1);

/** A form that somebody else's exporter gave a model; `test/onnx-forms/make.py` wrote it. */
function form(name: string): OnnxModel {
  return parseModel(readFileSync(new URL(`../../test/onnx-forms/${name}.onnx`, import.meta.url)), name);
}

const rows = [
  [2, 17, 40, 99, 7, 3],
  [5, 6, 7, 8, 9, 10],
];
const two: Feeds = { x: floats(random(0, 16), [2, 8]) };
const pictures = (channels: number, side: number, name = "input"): Feeds => ({
  [name]: floats(random(0, 2 * channels * side * side), [2, channels, side, side]),
});

interface Case {
  readonly name: string;
  readonly model: () => OnnxModel;
  readonly feeds: (model: OnnxModel) => Feeds;
  readonly targets: string | readonly string[];
  readonly skip?: string | false;
}

const given = (name: string, targets: Case["targets"], feeds?: Feeds): Case => ({
  name,
  model: () => modelOf(name),
  feeds: (model) => feeds ?? textFeeds(model, rows),
  targets,
  skip: noModels,
});
const made = (name: string, feeds: Feeds, targets: Case["targets"] = "**"): Case => ({
  name,
  model: () => form(name),
  feeds: () => feeds,
  targets,
});

const CASES: readonly Case[] = [
  given("imdb-lm", ["q_proj", "v_proj"]),
  given("imdb-bert", ["query", "value", "intermediate"]),
  given("stories260k", "**"),
  given("vision/cifar10-resnet20.onnx", "**", pictures(3, 32)),
  given("vision/mnist-cnn.onnx", "**", pictures(1, 28)),
  made("gpt2", { input_ids: ints([1, 2, 3, 4, 15, 0, 7, 9], [2, 4]) }, ["c_attn", "c_fc"]),
  made("classifier", two),
  made("pixels", pictures(3, 6, "x")),
  made("branches", two),
  made("shared", { x: floats(random(0, 48), [2, 3, 8]) }),
  made("constants", two),
  made("inputs", two),
  made("fields", two),
  made("turned", { x: floats(random(0, 16), [8, 2]), z: floats(random(1, 30), [2, 3, 5]) }),
];

/** Every number moved by up to so much. */
function moved(values: Parameters, by: number): Parameters {
  const copy = values.clone();
  [...copy].forEach(({ data }, row) => {
    for (const [i, u] of random(row + 1, data.length).entries()) data[i]! += u * by;
  });
  return copy;
}

const names = (of: readonly { readonly name: string }[]): string[] => of.map(({ name }) => name);

/** Runs, bakes and checks a cut of a model whose outputs it leaves as they were, and one with other values. */
async function holds(model: OnnxModel, feeds: Feeds, cut: Cut, by: number): Promise<OnnxModel> {
  const expected = numbers(await runExactly(model, feeds));
  expectSame(numbers(await runExactly(cut, feeds)), expected, "logit");
  const usual = numbers(await runOnce(cut, feeds));
  expectClose(usual, expected, 1e-5 * largest(expected), "logit of a runtime that is free to choose");
  await expectChecked(cut.model);
  assert.deepEqual(
    names(trainableInputs(cut.model)).sort(),
    cut.parameters.names,
    "a cut model says itself what trains",
  );
  const same = await bake(cut.model, cut.parameters);
  expectSame(numbers(await runExactly(same, feeds)), expected, "baked logit");
  const other = moved(cut.parameters, by);
  const changed = numbers(await runExactly(cut, feeds, other));
  assert.ok(largest(changed.map((value, i) => value - expected[i]!)) > 1e-3 * largest(expected));
  const baked = await bake(cut.model, other);
  expectClose(numbers(await runExactly(baked, feeds)), changed, 1e-5 * largest(changed), "baked logit");
  const old = names(graphOf(model).initializer);
  const outer = names(graphOf(model).input).filter((name) => !old.includes(name));
  assert.deepEqual(
    names(graphOf(baked).input).filter((name) => !old.includes(name)),
    outer,
  );
  assert.deepEqual(trainableInputs(baked), []);
  await expectChecked(baked);
  return baked;
}

test("the ONNX checker is there", { skip: noChecker }, async () => {
  const model = form("classifier");
  await expectChecked(model);
  const broken = { ...model, proto: { ...model.proto, opsetImport: [] } };
  await assert.rejects(expectChecked(broken), /checker accepts/);
});

for (const { name, model: open, feeds, targets, skip = false } of CASES) {
  test(`${name}: weights as inputs change nothing, and bake puts them back`, { skip }, async () => {
    const model = open();
    const before = encodeModel(model);
    const cut = await expose(model);
    const trainable = parameters(model).filter((one) => one.trainable);
    assert.deepEqual(cut.parameters.names, names(trainable).sort());
    assert.ok(cut.parameters.flat !== undefined, "one array holds all weights");
    await holds(model, feeds(model), cut, 1e-2);
    assert.deepEqual(encodeModel(model), before, "the given model is as it was");
  });

  test(`${name}: adapters change nothing at first, and bake merges them`, { skip }, async () => {
    const model = open();
    const before = encodeModel(model);
    const cut = await addLora(model, { targets, rank: 3, alpha: 6 });
    for (const { name, data } of cut.parameters)
      assert.equal(
        data.every((x) => x === 0),
        name.endsWith(".lora_B.weight"),
      );
    const baked = await holds(model, feeds(model), cut, 0.2);
    assert.equal(
      graphOf(baked).node.filter(({ opType }) => opType !== "Constant").length,
      graphOf(model).node.filter(({ opType }) => opType !== "Constant").length,
    );
    assert.deepEqual(encodeModel(model), before, "the given model is as it was");
  });
}

test("surgeries compose: adapters beside exposed weights, weights exposed beside adapters", async () => {
  const model = form("classifier");
  const first = await expose(model, "dense");
  const second = await addLora(first.model, { targets: "**", rank: 2, alpha: 2 });
  const values = Parameters.from(
    new Map([...first.parameters, ...second.parameters].map((one) => [one.name, one])),
  );
  await holds(model, two, { model: second.model, parameters: values }, 0.2);
  const lora = await addLora(model, { targets: "dense", rank: 2, alpha: 2 });
  const after = await expose(lora.model);
  const both = Parameters.from(
    new Map([...lora.parameters, ...after.parameters].map((one) => [one.name, one])),
  );
  await holds(model, two, { model: after.model, parameters: both }, 0.2);
});

test("a cut model comes back from its bytes, with what trains in it", async () => {
  const model = form("classifier");
  const cut = await addLora(model, { targets: "**", rank: 2 });
  const again = parseModel(encodeModel(cut.model));
  assert.deepEqual(trainableInputs(again), trainableInputs(cut.model));
  assert.deepEqual(trainableInputs(again)[0], { name: "dense.lora_A.weight", shape: [2, 8], cut: "lora" });
  const other = moved(cut.parameters, 0.2);
  expectSame(
    numbers(await runExactly(await bake(again, other), two)),
    numbers(await runExactly(await bake(cut.model, other), two)),
  );
});

test("weights of 16 bits are fed as float32, come back in 16 bits, and take adapters in float32", async () => {
  const model = form("float16");
  const feeds: Feeds = {
    x: { type: "float16", shape: [2, 8], data: Uint16Array.from(random(0, 16), (x) => 0x3c00 ^ (x * 512)) },
  };
  const logits = async (what: OnnxModel | Cut, values?: Parameters): Promise<Float32Array> => {
    const data = (await runExactly(what, feeds, values)).logits?.data;
    assert.ok(data instanceof Uint16Array);
    const out = new Float32Array(data.length);
    widenF16(out, data);
    return out;
  };
  const expected = await logits(model);
  const cut = await expose(model);
  expectSame(await logits(cut), expected);
  await expectChecked(cut.model);
  const other = moved(cut.parameters, 0.1);
  const baked = await bake(cut.model, other);
  // The runtime computes in float32 and leaves the rounding of weights to 11 bits out: over 8 and then 16 products.
  const exact = await logits(cut, other);
  expectClose(await logits(baked), exact, 24 * 2 ** -11 * largest(exact), "baked logit");
  assert.deepEqual(names(parameters(baked)), names(parameters(model)));
  assert.ok(parameters(baked).every(({ type }) => type === "float16"));
  const lora = await addLora(model, { targets: "**", rank: 2 });
  expectSame(await logits(lora), expected);
  await expectChecked(lora.model);
  const trained = moved(lora.parameters, 0.2);
  const merged = await logits(await bake(lora.model, trained));
  // Two layers of 8 and 16 products: weights, products and sums are each rounded to 11 bits.
  expectClose(merged, await logits(lora, trained), 8 * 2 ** -11 * largest(expected), "logit");
  const far = new Map(
    [...other].map(({ name, shape, data }) => [name, { shape, data: data.map(() => 7e4) }]),
  );
  await assert.rejects(bake(cut.model, Parameters.from(far)), {
    code: "VALUE",
    message: /too large for float16/,
  });
});

for (const [name, weight, form8] of [
  ["quantized", "dense", "int8"],
  ["four-bits", "out_proj", "uint8"],
] as const) {
  test(`${name}: quantized weights are not exposed, take adapters, and keep them as constants`, async () => {
    const model = form(name);
    await assert.rejects(expose(model, weight), {
      code: "OPTION",
      message: new RegExp(`"${weight}\\.weight\\w*" cannot train: quantized \\(${form8}.*addLora`),
    });
    assert.ok(!(await expose(model)).parameters.names.some((one) => one.startsWith(`${weight}.weight`)));
    const cut = await addLora(model, { targets: "**", rank: 2 });
    const baked = await holds(model, two, cut, 0.3);
    assert.ok(graphOf(baked).initializer.some((one) => one.name === `${weight}.lora_A.weight`));
    const stack = await addLora(model, { targets: "**", rank: 2, stacked: true });
    const other = moved(cut.parameters, 0.3);
    const changed = numbers(await runExactly(cut, two, other));
    const alone = numbers(await runExactly(await bake(stack.model, other), two));
    expectClose(alone, changed, 1e-5 * largest(changed), "logit baked from a stack");
  });
}

test("an adapter adds (alpha / rank) x A^T B^T, whatever factors the product has", async () => {
  const model = form("turned");
  const feeds = CASES.find(({ name }) => name === "turned")!.feeds(model);
  const cut = await addLora(model, { targets: "turned", rank: 2, alpha: 3 });
  const values = moved(cut.parameters, 0.5);
  const [a, b] = ["A", "B"].map((one) => values.get(`turned.lora_${one}.weight`).data);
  const x = feeds.x!.data; // [8, 2]: the product takes it transposed
  const before = numbers(await runExactly(cut, feeds));
  const expected = before.map((y, at) => {
    const [row, o] = [Math.floor(at / 6), at % 6];
    let sum = 0;
    for (let r = 0; r < 2; r++)
      for (let i = 0; i < 8; i++) sum += (3 / 2) * Number(x[i * 2 + row]) * a![r * 8 + i]! * b![o * 2 + r]!;
    return y + sum;
  });
  // Sums of 8 and 2 products and the last one, in float32.
  const tolerance = 12 * 2 ** -24 * 4 * largest(expected);
  expectClose(numbers(await runExactly(cut, feeds, values)), expected, tolerance, "logit");
});

test("a weight that others take as well stays theirs when an adapter is merged", async () => {
  const model = form("branches");
  const cut = await addLora(model, { targets: "both", rank: 2, alpha: 2 });
  const baked = await bake(cut.model, moved(cut.parameters, 0.3));
  assert.ok(graphOf(baked).initializer.some(({ name }) => name === "both.merged"));
  const [before, after] = [model, baked].map((one) =>
    graphOf(one).initializer.find(({ name }) => name === "both"),
  );
  assert.deepEqual(after?.rawData, before?.rawData);
});

for (const [name, targets] of [
  ["classifier", "**"],
  ["shared", "**"],
  ["pixels", ["expand", "project"]],
] as const) {
  test(`${name}: three candidates in one run are three runs`, async () => {
    const model = form(name);
    const [own] = CASES.filter((one) => one.name === name);
    const feeds = own!.feeds(model);
    const options = { targets, rank: 3, alpha: 5 };
    const cut = await addLora(model, options);
    const stack = await addLora(model, { ...options, stacked: true });
    assert.deepEqual(
      [...stack.parameters].map(({ shape }) => shape),
      [...cut.parameters].map(({ shape }) => shape),
    );
    await expectChecked(stack.model);
    const candidates = [0.1, 0.2, 0.3].map((by) => moved(cut.parameters, by));
    const apart = [];
    for (const one of candidates) apart.push(numbers(await runExactly(cut, feeds, one)));
    const together = Parameters.from(
      new Map(cut.parameters.names.map((key) => [key, stacked(candidates.map((one) => one.get(key)))])),
    );
    const rows = Object.fromEntries(
      Object.entries(feeds).map(([key, value]) => [key, stacked([value, value, value] as never, 0)]),
    );
    const many = Object.fromEntries(
      Object.entries(rows).map(([key, { shape, data }]) => [key, floats(data, shape)]),
    );
    const all = numbers(await runExactly(stack, many, together));
    const expected = Float32Array.from(apart.flatMap((one) => [...one]));
    expectClose(all, expected, 1e-6 * largest(expected), "logit");
    const winner = candidates[2]!;
    const baked = await bake(stack.model, winner);
    expectClose(numbers(await runExactly(baked, feeds)), apart[2]!, 1e-5 * largest(expected), "baked logit");
  });
}

interface Shaped {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** One behind the other: along a new axis in front, or along one that is there. */
function stacked(all: readonly Shaped[], along?: 0): Shaped {
  const { shape } = all[0]!;
  const data = Float32Array.from(all.flatMap((one) => [...one.data]));
  return along === undefined
    ? { shape: [all.length, ...shape], data }
    : { shape: [all.length * shape[0]!, ...shape.slice(1)], data };
}

test("what cannot be baked is refused", async () => {
  const model = form("classifier");
  const cut = await addLora(model, { targets: "**", rank: 2 });
  await assert.rejects(bake(model, cut.parameters), { code: "OPTION", message: /was not cut/ });
  await assert.rejects(bake(cut.model, cut.parameters.select("dense")), {
    code: "SHAPE",
    message: /"out_proj\.lora_A\.weight" must have shape \[2, 16\], got no such tensor/,
  });
  const wide = Parameters.from(new Map([...cut.parameters].map(({ name }) => [name, new Float32Array(4)])));
  await assert.rejects(bake(cut.model, wide), {
    code: "SHAPE",
    message: /must have shape \[2, 8\], got \[4\]/,
  });
});
