import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { jsSeeds, openKernels } from "../run/kernels.ts";
import { LIZO } from "../run/lizo.ts";
import type { LizoOptions } from "../run/lizo-options.ts";
import { allocate, Parameters } from "./parameters.ts";
import type { Pattern } from "./select.ts";

const SHAPES = {
  "layers.1.attention.query.weight": [3, 2],
  "layers.0.attention.query.weight": [3, 2],
  "layers.0.attention.query.bias": [3],
  "layers.0.norm.weight": [2],
  "layers.10.norm.weight": [2],
  embed: [4, 2],
  scale: [],
};

/** Zeros whose every number is another. */
function counted(): Parameters {
  const parameters = Parameters.zeros(SHAPES);
  parameters.flat?.forEach((_, i, all) => {
    all[i] = i;
  });
  return parameters;
}

/** What the compiler would refuse, as plain JavaScript passes it. */
const untyped = <T>(value: unknown): T => JSON.parse(JSON.stringify(value));

test("the order is that of the names, however they came", () => {
  const shuffled = Object.fromEntries(Object.entries(SHAPES).reverse());
  assert.deepEqual(Parameters.zeros(shuffled).names, Parameters.zeros(SHAPES).names);
  assert.deepEqual(Parameters.zeros(new Map(Object.entries(SHAPES))).names, Object.keys(SHAPES).sort());
  assert.deepEqual(Parameters.zeros({ 10: [1], 9: [1], a: [1] }).names, ["10", "9", "a"]);
});

test("zeros lie back to back in one buffer; flat is all of them", () => {
  const parameters = counted();
  assert.equal(parameters.size, 6 + 6 + 3 + 2 + 2 + 8 + 1);
  assert.deepEqual(
    parameters.flat,
    Float32Array.from({ length: 28 }, (_, i) => i),
  );
  assert.deepEqual([...parameters.get("layers.0.attention.query.bias").data], [8, 9, 10]);
  assert.equal(parameters.get("embed").data.buffer, parameters.flat?.buffer);
  assert.deepEqual(parameters.select("layers.0").flat?.length, 11);
  assert.equal(parameters.select(["embed", "scale"]).flat, undefined, "there are others between");
});

test("from keeps the caller's arrays", () => {
  const bias = Float32Array.of(1, 2);
  const weight = Float32Array.of(1, 2, 3, 4);
  const parameters = Parameters.from({ weight: { shape: [2, 2], data: weight }, bias });
  assert.equal(parameters.get("bias").data, bias);
  assert.equal(parameters.get("weight").data, weight);
  assert.deepEqual(parameters.get("bias").shape, [2]);
  assert.equal(parameters.flat, undefined);
});

test("a tensor that cannot be is refused by name, with what came and what was needed", () => {
  const data = Float32Array.of(1, 2, 3, 4, 5);
  const refused = (run: () => unknown, message: RegExp): void =>
    assert.throws(run, { code: "SHAPE", message });
  refused(
    () => Parameters.from({ "head.weight": { shape: [2, 3], data } }),
    /from: "head.weight" has shape \[2, 3\], which takes 6 numbers, got 5\./,
  );
  refused(() => Parameters.from({ a: { shape: [-1], data } }), /"a": shape must be a list of whole numbers/);
  refused(() => Parameters.from({ a: { shape: [2.5, 2], data } }), /"a": shape must be/);
  refused(() => Parameters.from(untyped({ a: [1, 2] })), /"a" must be a Float32Array, or \{ shape, data \}/);
  refused(() => Parameters.from(untyped({ a: null })), /"a" must be a Float32Array.*got null/);
  refused(() => Parameters.from(untyped([])), /tensors must come by name/);
  refused(() => Parameters.from({ "": data }), /a name must be a text, not empty/);
  refused(() => Parameters.zeros({ __metadata__: [1] }), /a name must be/);
  refused(() => Parameters.zeros({ a: [2 ** 40] }), /no room for 1099511627776 numbers/);
  refused(
    () => Parameters.from({ a: data.subarray(0, 3), b: data.subarray(3), c: data.subarray(2, 4) }),
    /"a" and "c" share memory/,
  );
});

test("a single number, an empty tensor and no tensor at all are fine", () => {
  const parameters = Parameters.from({ a: { shape: [], data: Float32Array.of(7) }, b: new Float32Array() });
  assert.equal(parameters.size, 1);
  assert.deepEqual(Parameters.from({}).freeze().flat, new Float32Array());
});

test("what the caller does to his shape changes nothing", () => {
  const shape = [2, 2];
  const parameters = Parameters.zeros({ a: shape });
  shape[0] = 9;
  assert.deepEqual(parameters.get("a").shape, [2, 2]);
});

test("patterns choose by parts; a module stands for what is in it", () => {
  const { names } = counted();
  const chosen = (pattern: Pattern): readonly string[] => counted().select(pattern).names;
  const attention = names.filter((name) => name.includes("attention"));
  assert.deepEqual(chosen("layers.*.attention.*"), attention);
  assert.deepEqual(chosen("layers.*.attention"), attention);
  assert.deepEqual(chosen("layers.1"), ["layers.1.attention.query.weight"], "not layers.10");
  assert.deepEqual(chosen("layers.1*"), ["layers.1.attention.query.weight", "layers.10.norm.weight"]);
  assert.deepEqual(chosen("**.bias"), ["layers.0.attention.query.bias"]);
  assert.deepEqual(chosen("layers.**.weight").length, 4);
  assert.deepEqual(chosen("**"), names);
  assert.deepEqual(chosen("*"), names);
  assert.deepEqual(chosen(/norm/g), ["layers.0.norm.weight", "layers.10.norm.weight"]);
  assert.deepEqual(chosen(["scale", /^embed$/]), ["embed", "scale"], "the order stays that of the names");
  assert.deepEqual(Parameters.zeros({ "a+b": [1], aab: [1] }).select("a+b").names, ["a+b"]);
});

test("a name is a pattern of itself, whatever signs it has", () => {
  const name = fc.string({ minLength: 1, unit: fc.constantFrom(..."ab.(+)[]$^|\\/-?{}é\n") });
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1 }), (names) => {
      const parameters = Parameters.zeros(Object.fromEntries(names.map((one) => [one, [1]])));
      for (const one of names) {
        const inside = names.filter((other) => other === one || other.startsWith(`${one}.`));
        assert.deepEqual([...parameters.select(one).names], inside.sort());
      }
    }),
    { seed: 17 },
  );
});

test("a pattern that matches nothing is refused, with names near it", () => {
  const parameters = counted();
  const refused = (run: () => unknown, message: RegExp): void =>
    assert.throws(run, { code: "OPTION", message });
  refused(
    () => parameters.select("layer.*.norm"),
    /select: "layer.\*.norm" matches none of 7 names; near it "layers.0.norm.weight", "layers.10.norm.weight"/,
  );
  refused(() => parameters.freeze(["embed", "scael"]), /freeze: "scael".*near it "scale"/);
  assert.equal(parameters.arrays.length, 7, "nothing was frozen");
  refused(() => parameters.select(/xyz/), /select: \/xyz\/ matches none of 7 names; names are "embed", /);
  refused(() => parameters.get("embedd"), /get: "embedd" matches none of 7 names; near it "embed"/);
  refused(() => Parameters.from({}).select("a"), /there are no tensors/);
  refused(() => parameters.select([]), /the pattern must be a text, a RegExp or a list of them/);
});

test("what is frozen is not in arrays; selections see the same tensors", () => {
  const parameters = counted().freeze().unfreeze("**.query");
  assert.deepEqual(
    parameters.arrays,
    [...parameters.select("**.query")].map(({ data }) => data),
  );
  const embed = parameters.select("embed");
  assert.deepEqual(embed.arrays, []);
  embed.unfreeze();
  assert.equal(parameters.get("embed").frozen, false);
  embed.get("embed").data[0] = 99;
  assert.equal(parameters.get("embed").data[0], 99);
});

test("a clone shares nothing and lies in one buffer", () => {
  const parameters = Parameters.from({ b: Float32Array.of(1, 2), a: Float32Array.of(3) }).freeze("a");
  const copy = parameters.clone();
  assert.deepEqual(copy.flat, Float32Array.of(3, 1, 2));
  assert.equal(copy.get("a").frozen, true);
  copy.unfreeze().get("b").data.fill(0);
  assert.deepEqual([...parameters.get("b").data], [1, 2]);
  assert.equal(parameters.get("a").frozen, true);
});

test("copyFrom takes the other's numbers, or none where a shape differs", () => {
  const [to, from] = [Parameters.zeros(SHAPES), counted()];
  assert.deepEqual(to.copyFrom(from).flat, from.flat);
  assert.deepEqual(to.select("embed").copyFrom(from).names, ["embed"], "the other may have more");
  const other = Parameters.zeros({ embed: [4, 2], scale: [1] });
  const both = from.select(["embed", "scale"]);
  assert.throws(() => both.copyFrom(other), {
    code: "SHAPE",
    message: /copyFrom: "scale" must have shape \[\], got \[1\]/,
  });
  assert.throws(() => from.copyFrom(other), { code: "SHAPE", message: /"layers.0.*got no such tensor/ });
  assert.deepEqual(from.flat, counted().flat, "nothing was copied");
});

test("a buffer is not longer than it may be, and a tensor never lies in two", () => {
  const arrays = allocate("here", [3, 0, 2, 9, 1, 4], 5);
  assert.deepEqual(
    arrays.map(({ length }) => length),
    [3, 0, 2, 9, 1, 4],
  );
  const buffers = [...new Set(arrays.map(({ buffer }) => buffer))];
  assert.deepEqual(
    buffers.map(({ byteLength }) => byteLength / 4),
    [5, 9, 5],
  );
});

/** A bowl whose bottom is at 0.05 everywhere. */
function bowl(x: Iterable<number>): number {
  let sum = 0;
  let i = 0;
  for (const value of x) sum += (1 + (i++ % 3)) * (value - 0.05) ** 2;
  return sum;
}

const WORLDS: Readonly<Record<string, () => Promise<Partial<LizoOptions>>>> = {
  dense: async () => ({}),
  seeded: async () => ({ space: (await openKernels()).seeded() }),
};

for (const [name, world] of Object.entries(WORLDS)) {
  test(`LIZO, ${name}: named tensors are trained as one array of their numbers is, and frozen ones stay`, async () => {
    const options = { lr: 0.05, sampleNorm: 1e-3, seed: 3, ...(await world()) };
    const parameters = counted().freeze(["embed", "**.norm"]);
    const before = parameters.clone();
    const trained = parameters.arrays;
    const closure = (): number => bowl(trained.flatMap((array) => [...array]));
    const one = Float32Array.from(trained.flatMap((array) => [...array]));
    const [many, single] = [new LIZO(trained, options), new LIZO(one, options)];
    const start = closure();
    for (let step = 0; step < 20; step++)
      assert.equal(
        many.step(closure),
        single.step(() => bowl(one)),
      );
    assert.ok(closure() < start / 2);
    assert.deepEqual(
      trained.flatMap((array) => [...array]),
      [...one],
    );
    for (const { name, frozen, data } of parameters) {
      if (frozen) assert.deepEqual(data, before.get(name).data);
    }
  });
}

test("the kernels perturb the one buffer as they do its tensors", () => {
  const [whole, parts] = [counted(), counted()];
  const seed = [1, 2, 3, 4] as const;
  const { flat } = whole;
  assert.ok(flat !== undefined);
  jsSeeds.perturb("rademacher", flat, flat, 0, [[0.5, seed]]);
  let begin = 0;
  for (const { data } of parts) {
    jsSeeds.perturb("rademacher", data, data, begin, [[0.5, seed]]);
    begin += data.length;
  }
  assert.deepEqual(parts.flat, flat);
});
