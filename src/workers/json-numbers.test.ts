import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { answerIn, read, textOf } from "./json-numbers.ts";

const python = spawnSync("python3", ["--version"]).status === 0 ? {} : { skip: "there is no python3" };
const hex = (x: Float64Array): string => Buffer.from(x.buffer).toString("hex");

test("every float64 reads back to the bit", () => {
  fc.assert(
    fc.property(fc.float64Array({ noNaN: true }), (x) => {
      const back = Float64Array.from(read(textOf(x)) as (number | string)[], Number);
      assert.equal(hex(back), hex(x));
    }),
  );
  assert.equal(
    textOf(Float64Array.of(1, -0, 0.5, Number.NaN, -Infinity, 1e21)),
    '[1.0,-0.0,0.5,"NaN","-Infinity",1e+21]',
  );
});

test("Python reads floats, the same ones, and answers them to the bit", python, () => {
  const [x] = fc.sample(
    fc.float64Array({ minLength: 500, maxLength: 500, noDefaultInfinity: true, noNaN: true }),
    {
      numRuns: 1,
      seed: 7,
    },
  );
  const script = `import json, sys
x = json.load(sys.stdin)
assert all(type(v) is float for v in x), x
print(json.dumps({"values": x + [float("nan"), float("inf"), -float("inf"), None]}))`;
  const all = Float64Array.of(...x!, 5e-324, -0, 1, 2 ** 53, 1.7976931348623157e308);
  const { stdout, stderr } = spawnSync("python3", ["-c", script], { input: textOf(all), encoding: "utf8" });
  const said = read(stdout) as { values: unknown[] };
  assert.ok(said !== undefined, stderr);
  const answers = said.values.map(answerIn);
  assert.equal(hex(Float64Array.from(answers.slice(0, all.length) as number[])), hex(all));
  assert.deepEqual(answers.slice(all.length), [Number.NaN, Infinity, -Infinity, Number.NaN]);
});

test("the words of Python are read outside of texts only", () => {
  assert.deepEqual(read('{"a": NaN, "b": [-Infinity, "NaN, \\" NaN"]}'), {
    a: "NaN",
    b: ["-Infinity", 'NaN, " NaN'],
  });
  for (const text of ["", "NaNNaN", "<html>", "{", "nan"]) assert.equal(read(text), undefined);
});

test("what is an answer, and what is none", () => {
  for (const [value, answer] of [
    [1.5, 1.5],
    [null, Number.NaN],
    ["NaN", Number.NaN],
    ["-Infinity", -Infinity],
    [{ error: "late", more: 1 }, { error: "late" }],
    ["1.5", undefined],
    [true, undefined],
    [[1], undefined],
    [{ error: 1 }, undefined],
    [undefined, undefined],
  ] as const)
    assert.deepEqual(answerIn(value), answer);
});
