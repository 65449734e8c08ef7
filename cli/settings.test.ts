import assert from "node:assert/strict";
import { test } from "node:test";
import { RelizoError } from "../src/index.ts";
import { methodNamed, number, parseSettings, problemOf } from "./settings.ts";

const refused = (message: RegExp) => (error: unknown) =>
  error instanceof RelizoError && error.code === "OPTION" && message.test(error.message);

test("numbers, words, truth and JSON are read by the option's own rule", () => {
  const schedule = { kind: "cosine", steps: 10, floor: 0 };
  const pairs = ["lr=1e-3", "directions=sphere", "normalized=true", `schedule=${JSON.stringify(schedule)}`];
  assert.deepEqual(parseSettings("relizo", pairs), {
    lr: 1e-3,
    directions: "sphere",
    normalized: true,
    schedule,
  });
  assert.deepEqual(parseSettings("relizo", ["reuseWithin=Infinity"]), {
    reuseWithin: Number.POSITIVE_INFINITY,
  });
});

test("what cannot be is refused with what could", () => {
  assert.throws(() => parseSettings("relizo", ["lr=-1"]), refused(/lr must be a number in \(0, .*got "-1"/));
  assert.throws(() => parseSettings("relizo", ["lr="]), refused(/lr must be/));
  assert.throws(
    () => parseSettings("relizo", ["normalized=yes"]),
    refused(/normalized must be .*true.* false, got "yes"/),
  );
  assert.throws(() => parseSettings("relizo", ["schedule={"]), refused(/schedule must be/));
  assert.throws(() => parseSettings("relizo", ["smples=3"]), refused(/did you mean samples\?/));
  assert.throws(() => parseSettings("relizo", ["constructor=3"]), refused(/no option/));
  assert.throws(() => parseSettings("relizo", ["lr"]), refused(/key=value/));
  assert.throws(() => methodNamed("zo-adam"), refused(/did you mean zo-adamm\?/));
  assert.throws(() => methodNamed(""), refused(/called ""\. There are relizo/));
  assert.throws(() => problemOf("SROS"), refused(/did you mean SROSENBR\? `relizo list problems`/));
  assert.throws(() => problemOf(""), refused(/called ""\. `relizo list problems`/));
  assert.equal(problemOf("srosenbr").name, "SROSENBR");
});

test("numbers of the command line are whole where they must be", () => {
  assert.equal(number("--steps", 1)("500"), 500);
  assert.equal(number("--target", Number.NEGATIVE_INFINITY, false)("-1.5e3"), -1500);
  for (const text of ["0", "1.5", "x", "", "1e99"])
    assert.throws(() => number("--steps", 1)(text), refused(/--steps must be a whole number of at least 1/));
  assert.throws(() => number("--seeds", 1, true, 9)("10"), refused(/a whole number from 1 to 9, got "10"/));
  const finite = number("--x", -Number.MAX_VALUE, false, Number.MAX_VALUE);
  assert.throws(() => finite("-Infinity"), refused(/--x must be a finite number, got "-Infinity"/));
});
