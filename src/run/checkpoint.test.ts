import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RelizoError } from "../error.ts";
import { decode, encode } from "./checkpoint.ts";

const SPECIAL = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 5e-324, 2 ** 53 + 2];

test("plain data comes back with every bit", () => {
  const array = fc.oneof(
    fc.float64Array({ maxLength: 9 }),
    fc.float32Array({ maxLength: 9 }),
    fc.int32Array({ maxLength: 9 }),
    fc.uint8Array({ maxLength: 9 }),
  );
  const leaf = fc.oneof(
    fc.double(),
    fc.constantFrom(...SPECIAL),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    array,
  );
  const { node } = fc.letrec((tie) => ({
    node: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      fc.array(tie("node"), { maxLength: 4 }),
      fc.dictionary(
        fc.string().filter((key) => key !== "__proto__"),
        tie("node"),
        { maxKeys: 4, noNullPrototype: true },
      ),
    ),
  }));
  fc.assert(
    fc.property(node, (data) => assert.deepStrictEqual(decode(encode(data)), data)),
    { seed: 11, numRuns: 500 },
  );
});

test("a part of a longer buffer stores its own bytes alone", () => {
  const whole = Float64Array.from({ length: 9 }, (_, i) => i / 7);
  assert.deepStrictEqual(decode(encode(whole.subarray(2, 5))), whole.slice(2, 5));
});

test("long arrays do not overflow the stack", () => {
  const long = Float64Array.from({ length: 100_003 }, (_, i) => Math.sqrt(i));
  assert.deepStrictEqual(decode(encode(long)), long);
});

test("numbers that JSON has no word for come back", () => {
  assert.deepStrictEqual(decode(encode(SPECIAL)), SPECIAL);
});

test("fields that are undefined are left out", () => {
  assert.deepStrictEqual(decode(encode({ a: undefined, b: 1 })), { b: 1 });
});

test("what cannot be stored is refused with its place", () => {
  for (const [bad, place] of [
    [{ a: [1, () => 1] }, "state.a[1]"],
    [{ a: new Map() }, "state.a"],
    [new BigInt64Array(2), "state"],
    [{ list: [undefined] }, "state.list[0]"],
    [{ big: 1n }, "state.big"],
    [{ $relizo: 1 }, "state"],
  ] as const)
    assert.throws(
      () => encode(bad),
      (error) =>
        error instanceof RelizoError && error.code === "STATE" && error.message.includes(`${place} `),
    );
});

test("a text that encode did not make, or of which a part is missing, is refused", () => {
  const text = encode({ x: Float64Array.of(1, 2, 3), value: Number.NaN });
  const bad = [
    "",
    "{}",
    "null",
    "[1]",
    '{"state":1}',
    '{"$relizo":2,"state":1}',
    text.slice(0, -1),
    text.replace("Float64Array", "Float16Array"),
    text.replace(/"data":"..../, '"data":"'),
    text.replace(/"data":"./, '"data":"*'),
    text.replace(/"data":"AA/, '"data":"AB'),
    text.replace(/"check":\d/, '"check":9'),
  ];
  for (const one of bad)
    assert.throws(
      () => decode(one),
      (error) => error instanceof RelizoError && error.code === "DATA",
      one,
    );
});

test("any letter of the state that was changed is found", () => {
  const text = encode({ x: Float64Array.of(1, 2, 3), list: [0.1, 7e-9, "seven"], value: Number.NaN });
  for (let at = text.indexOf('"state"'); at < text.length; at++) {
    const other = String.fromCharCode(text.charCodeAt(at) ^ 1);
    assert.throws(() => decode(text.slice(0, at) + other + text.slice(at + 1)), { code: "DATA" });
  }
  const spaced = JSON.stringify(JSON.parse(text), undefined, 2);
  assert.deepStrictEqual(decode(spaced), decode(text), "spaces between are nobody's loss");
});

test("what is there twice comes back as one, and what only equals it as another", () => {
  const [v, w] = [Float32Array.of(1, 2), Float32Array.of(1, 2)];
  const p = { terms: [[1, v]] };
  const { a, b, c, q } = decode<Record<string, { terms: unknown[][] }>>(
    encode({ a: p, b: p, c: { terms: [[1, v]] }, q: { terms: [[1, w]] } }),
  );
  assert.deepStrictEqual([a, b, c, q], [p, p, p, p]);
  assert.equal(a, b);
  assert.notEqual(a, c);
  assert.equal(a!.terms[0]![1], c!.terms[0]![1]);
  assert.notEqual(a!.terms[0]![1], q!.terms[0]![1]);
  const ring: { self?: object } = {};
  ring.self = ring;
  assert.throws(() => encode(ring), {
    code: "STATE",
    message: /state.self cannot be stored: it holds itself/,
  });
});
