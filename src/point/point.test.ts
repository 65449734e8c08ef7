import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { expectSame } from "../../test/expect-close.ts";
import { RelizoError } from "../error.ts";
import type { Reals } from "../kernel/kernels.ts";
import { Parameters as NamedTensors } from "../parameters/parameters.ts";
import { type Bounds, boxOf, project } from "./bounds.ts";
import { finitePoint } from "./finite.ts";
import { gather, type Parameters, pack } from "./packing.ts";
import { shapesOf } from "./shapes.ts";

const refused = (run: () => unknown, code: string, words: string): void => {
  assert.throws(
    run,
    (error) => error instanceof RelizoError && error.code === code && error.message.includes(words),
    words,
  );
};

/** Data whose type the compiler does not know, as plain JavaScript callers pass it. */
const untyped = <T>(json: string): T => JSON.parse(json);

const RATES = { lr: 1, weightDecay: 0 };

test("the projection is the nearest point of the box, and a point inside stays", () => {
  const cases = fc.record({
    x: fc.float64Array({ minLength: 4, maxLength: 4, noNaN: true }),
    a: fc.float64Array({ minLength: 4, maxLength: 4, min: -9, max: 9, noNaN: true }),
    b: fc.float64Array({ minLength: 4, maxLength: 4, min: -9, max: 9, noNaN: true }),
  });
  fc.assert(
    fc.property(cases, ({ x, a, b }) => {
      const box = boxOf(
        { lower: a.map((v, i) => Math.min(v, b[i]!)), upper: a.map((v, i) => Math.max(v, b[i]!)) },
        4,
      );
      const before = x.slice();
      const y = project(x, box);
      expectSame(x, before);
      for (let i = 0; i < 4; i++) {
        const [low, high] = [box.lower[i]!, box.upper[i]!];
        assert.ok(y[i]! >= low && y[i]! <= high);
        if (x[i]! >= low && x[i]! <= high) assert.equal(y[i], x[i]);
        else assert.equal(y[i], x[i]! < low ? low : high);
      }
      expectSame(project(y, box), y, "twice is once");
    }),
    { seed: 71 },
  );
});

test("bounds may be one number, a list, one side or none", () => {
  assert.deepEqual(boxOf({ lower: -1, upper: [1, 2] }, 2), {
    lower: Float64Array.of(-1, -1),
    upper: Float64Array.of(1, 2),
  });
  assert.deepEqual(boxOf({}, 1), {
    lower: Float64Array.of(Number.NEGATIVE_INFINITY),
    upper: Float64Array.of(Number.POSITIVE_INFINITY),
  });
});

test("bounds that cannot be are refused", () => {
  refused(() => boxOf({ lower: 1, upper: 0 }, 2), "OPTION", "upper[0] must not be below lower[0] = 1, got 0");
  refused(() => boxOf({ lower: [0, 3], upper: 2 }, 2), "OPTION", "lower[1] = 3");
  refused(() => boxOf({ lower: Number.NaN }, 2), "OPTION", "lower[0] = NaN");
  refused(
    () => boxOf({ upper: Number.NEGATIVE_INFINITY }, 2),
    "OPTION",
    "upper[0] must not be below lower[0] = -Infinity, got -Infinity",
  );
  refused(() => boxOf({ lower: Number.POSITIVE_INFINITY }, 2), "OPTION", "lower[0] = Infinity");
  refused(() => boxOf({ lower: [1, 2, 3] }, 2), "OPTION", "lower must be a number or a list of 2");
  refused(
    () => boxOf(untyped<Bounds>('{"lower":"0"}'), 2),
    "OPTION",
    'lower must be a number or a list of 2, got "0"',
  );
  refused(() => boxOf(untyped<Bounds>('{"upper":null}'), 2), "OPTION", "upper must be");
  refused(() => boxOf(untyped<Bounds>('{"low":0}'), 2), "OPTION", 'one of lower, upper, got "low"');
  for (const list of ["[0,1]", "[]"])
    refused(
      () => boxOf(untyped<Bounds>(list), 2),
      "OPTION",
      "bounds: the options must be an object, got Array",
    );
});

test("a start is copied as float64", () => {
  const x0 = Float32Array.of(1, 2.5);
  const x = finitePoint("here", x0);
  assert.deepEqual(x, Float64Array.of(1, 2.5));
  x[0] = 9;
  assert.equal(x0[0], 1);
});

test("a start that is no list of finite numbers is refused with its place", () => {
  for (const json of ["null", "1", '"12"', "{}", "[]", '{"length":-1}', '{"length":0}'])
    refused(
      () => finitePoint("here", untyped<number[]>(json)),
      "SHAPE",
      "here: x0 must be a list of at least one number",
    );
  for (const json of ['["1"]', "[null]", "[true]", "[[1]]", '{"length":1}'])
    refused(
      () => finitePoint("here", untyped<number[]>(json)),
      "VALUE",
      "here: x0[0] must be a finite number",
    );
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    refused(() => finitePoint("here", [0, 1, bad]), "VALUE", `x0[2] must be a finite number, got ${bad}`);
});

test("parameters lie in the flat vector in their order, and come back bit for bit", () => {
  const lengths = fc.array(fc.record({ length: fc.integer({ min: 0, max: 9 }), single: fc.boolean() }), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(lengths, fc.nat(), (shape, seed) => {
      fc.pre(shape.some(({ length }) => length > 0));
      const arrays: Reals[] = shape.map(({ length, single }, k) => {
        const values = Array.from({ length }, (_, i) => Math.fround(Math.sin(seed + 10 * k + i)));
        return single ? Float32Array.from(values) : Float64Array.from(values);
      });
      const { pieces, dimension, make } = pack("here", arrays, RATES);
      const copies = structuredClone(arrays);
      const flat = make(dimension);
      assert.equal(
        flat instanceof Float32Array,
        shape.every(({ single }) => single),
      );
      assert.equal(
        gather(flat, pieces),
        flat.some((value) => value !== 0),
      );
      assert.equal(gather(flat, pieces), false, "nothing changed since");
      assert.deepEqual(
        [...flat],
        arrays.flatMap((array) => [...array]),
      );
      for (const array of arrays) array.fill(Number.NaN);
      for (const { array, begin, end } of pieces) array.set(flat.subarray(begin, end));
      assert.deepEqual(arrays, copies);
      const last = arrays.findLastIndex((array) => array.length > 0);
      arrays[last]![arrays[last]!.length - 1]! += 1;
      assert.equal(gather(flat, pieces), true, "the last number changed");
    }),
    { seed: 72 },
  );
});

test("groups lie one after the other, with the fields they leave out filled in", () => {
  const [a, b, c] = [new Float64Array(2), new Float64Array(3), new Float64Array(1)];
  const { groups } = pack(
    "here",
    [
      { parameters: [a, b], lr: 5 },
      { parameters: c, weightDecay: 7 },
    ],
    { lr: 0.5, weightDecay: 0.25 },
  );
  assert.deepEqual(
    groups.map(({ begin, end, rates }) => [begin, end, rates.lr, rates.weightDecay]),
    [
      [0, 5, 5, 0.25],
      [5, 6, 0.5, 7],
    ],
  );
});

test("what holds tensors serves wherever arrays do, without those it leaves out, and tells their shapes", () => {
  const tensors = { a: [2, 3], b: [4], c: [3, 1] };
  const all = NamedTensors.zeros(tensors).freeze("b");
  const [a, c] = all.arrays;
  const ends = (parameters: Parameters): unknown => pack("here", parameters, RATES).pieces;
  assert.deepEqual(ends(all), ends([a!, c!]));
  const groups = [{ parameters: all.select("c"), lr: 3 }, { parameters: all.select("a") }];
  assert.deepEqual(ends(groups), ends([{ parameters: c!, lr: 3 }, { parameters: [a!] }]));
  refused(() => pack("here", all.select("b"), RATES), "SHAPE", "parameters must hold at least one number");
  for (const parameters of [all, groups]) {
    const shapes = shapesOf(parameters);
    assert.deepEqual([a, c].map((array) => shapes.get(array)), [[2, 3], [3, 1]]); // biome-ignore format: one line
  }
  assert.equal(shapesOf([a!, c!]).size, 0);
});

test("parameters that cannot be are refused with the group and what is wrong with it", () => {
  const x = new Float64Array(4);
  const make = (parameters: Parameters) => (): unknown => pack("here", parameters, RATES);
  const one =
    "here: parameter group 0: parameters must be a Float32Array, a Float64Array, a list of them or Parameters";
  refused(make(untyped("[[1,2]]")), "OPTION", `${one}, got Array of 1 (Array of 2 (1, 2)).`);
  refused(make(untyped('[1,"2"]')), "OPTION", `${one}, got Array of 2 (1, "2").`);
  refused(make(untyped("null")), "OPTION", `${one}, got null.`);
  refused(make([{ parameters: x }, { parameters: untyped("[3]") }]), "OPTION", "group 1: parameters must be");
  refused(
    make([{ parameters: x }, { parameters: new Float64Array(1), lr: -1 }]),
    "OPTION",
    "group 1: lr must be",
  );
  const learning = { parameters: x, learning: 1 };
  refused(make([learning]), "OPTION", 'one of parameters, lr, weightDecay, got "learning"');
  const bad = Float64Array.of(1, Number.NaN);
  refused(make([x, bad]), "VALUE", "group 0: parameter [1] must be a finite number, got NaN");
});

test("no number is a parameter twice: not by the same array, nor by views that overlap", () => {
  const whole = new Float64Array(6);
  const bytes = new Float32Array(whole.buffer);
  const words = "parameters must not share memory";
  for (const others of [
    [whole, whole],
    [whole, whole.subarray(2, 3)],
    [whole.subarray(0, 4), whole.subarray(3)],
    [whole.subarray(3), new Float64Array(1), whole.subarray(0, 4)],
    [whole.subarray(3), bytes.subarray(5, 7)],
  ]) {
    refused(() => pack("here", others, RATES), "SHAPE", words);
    const groups = others.map((parameters) => ({ parameters }));
    refused(() => pack("here", groups, RATES), "SHAPE", `group ${others.length - 1}: ${words}`);
  }
  assert.equal(pack("here", [whole.subarray(0, 3), whole.subarray(3)], RATES).dimension, 6);
  assert.equal(pack("here", [whole.subarray(3), bytes.subarray(0, 6)], RATES).dimension, 9);
});
