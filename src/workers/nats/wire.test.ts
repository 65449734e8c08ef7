import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { drawHash, namesOf, placeOf, resultSubject, taskSubject } from "./names.ts";
import { pack, unpack } from "./pack.ts";
import {
  digestOf,
  readAbout,
  readHello,
  readNews,
  readReply,
  readResult,
  readTask,
  type Said,
  writeAbout,
  writeHello,
  writeNews,
  writeReply,
  writeResult,
  writeTask,
} from "./wire.ts";

const names = namesOf("a_run-1");
const hash = drawHash(names);
const place = { hash, round: 12, index: 3 };

test("a run's name is a word that subjects and files can hold", () => {
  for (const wrong of ["", "a b", "a.b", "a/b", "*", ">", "é", "a".repeat(65), 3, undefined])
    assert.throws(() => namesOf(wrong), /letters, digits/);
});

test("a subject names a place, and no other text does", () => {
  assert.deepEqual(placeOf(names, "tasks", taskSubject(names, place)), place);
  assert.deepEqual(placeOf(names, "results", resultSubject(names, place)), place);
  assert.notEqual(drawHash(names), hash);
  const start = `relizo.a_run-1.tasks.${hash}`;
  for (const other of [
    resultSubject(names, place),
    taskSubject(namesOf("b"), place),
    `${start}.1`,
    `${start}.1.2.3`,
    `${start}.-1.2`,
    `${start}.1.02`,
    `${start}.1.9007199254740993`,
    `${start}.1e3.2`,
    `relizo.a_run-1.tasks.${hash.toUpperCase()}.1.2`,
    "",
  ])
    assert.equal(placeOf(names, "tasks", other), undefined, other);
});

const numbers = [0, -0, Number.NaN, Infinity, -Infinity, 5e-324, 0.1, 2 ** 53 + 2];

test("every bit of typed arrays comes back, from the middle of a larger memory as well", () => {
  for (const Kind of [Float64Array, Float32Array, Int32Array, Uint32Array]) {
    const value = Kind.from(numbers);
    assert.deepEqual(unpack(pack({ a: [value, "b"] })), { a: [value, "b"] });
    const inside = Buffer.concat([Buffer.alloc(3), pack(value), Buffer.alloc(5)]); // as a socket hands it over
    const back = unpack(inside.subarray(3, inside.length - 5));
    assert.deepEqual(back, value);
    assert.ok(back instanceof Kind && back.buffer.byteLength === value.byteLength);
  }
  assert.throws(() => unpack(Uint8Array.of(0xc7, 3, 0, 1, 2, 3)), /half a number/);
});

test("what is written is read", () => {
  const task = { round: 12, index: 3, step: 7, batch: 2, candidate: Float64Array.from(numbers) };
  assert.deepEqual(readTask(place, writeTask(task), 1e6), task);
  const recipe = { ...task, candidate: [[0.5, { seed: 1, row: 2 }]] };
  assert.deepEqual(readTask(place, writeTask(recipe), 1e6), recipe);
  const digest = digestOf("subject", Uint8Array.of(1));
  const said: readonly Said[] = [
    ...numbers.map((answer) => ({ answer })),
    { answer: { error: "no" } },
    { mistake: "not a number" },
    { lost: "10 times" },
  ];
  for (const one of said)
    assert.deepEqual(readResult(writeResult({ digest, worker: "w", said: one })), {
      digest,
      worker: "w",
      said: one,
    });
  assert.deepEqual(readHello(writeHello({ worker: "w:1", slots: 4 })), { worker: "w:1", slots: 4 });
  const about = { hash, ackWait: 1000, deliveries: 3 };
  assert.deepEqual(readAbout(writeAbout(about)), about);
  for (const event of ["here", "over", "withdrawn"] as const)
    assert.deepEqual(readNews(writeNews({ hash, event, messages: [1, 2] })), {
      hash,
      event,
      messages: [1, 2],
    });
  assert.equal(readReply(writeReply("taken")), "taken");
});

test("bytes that nobody wrote are refused by every reader, never thrown at it", () => {
  const readers = [
    (data: Uint8Array) => readTask(place, data, 1000),
    readResult,
    readHello,
    readAbout,
    readNews,
  ];
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.anything({ maxDepth: 2 }).map((value) => {
      try {
        return pack(value);
      } catch {
        return new Uint8Array();
      }
    }),
    fc.array(fc.oneof(fc.constant(1), fc.integer(), fc.string(), fc.double()), { maxLength: 6 }).map(pack),
  );
  fc.assert(
    fc.property(anything, (data) => {
      for (const read of readers.slice(1)) assert.equal(typeof read(data), "string");
      assert.equal(typeof readReply(data), "string");
      const task = readers[0]!(data); // any candidate will do here: the objective's owner says which
      assert.ok(typeof task === "string" || (typeof task === "object" && "candidate" in task));
    }),
    { numRuns: 2000, seed: 1 },
  );
});

test("a few bytes that claim much are refused before memory is set aside for them", () => {
  const level = [0xdd, 0x01, 0xc0, 0, 0]; // a list of 29 million entries
  for (const bytes of [[...level, ...level, ...level], [0xdf, 0xff, 0xff, 0xff, 0xff], [0x92, 1], [0xc1], []])
    assert.throws(() => unpack(Uint8Array.from(bytes)), RangeError);
  const nested = Uint8Array.from({ length: 200_000 }, (_, i) => (i === 199_999 ? 0xc0 : 0x91));
  assert.equal(readTask(place, nested, 1e6), "malformed");
  const before = process.memoryUsage.rss();
  for (let i = 0; i < 1000; i++) assert.equal(readResult(Uint8Array.from([...level, ...level])), "malformed");
  assert.ok(process.memoryUsage.rss() - before < 2e8);
});

test("whatever can be written has room", () => {
  const long = [
    "x".repeat(300),
    "y".repeat(70_000),
    new Uint8Array(300),
    new Uint8Array(70_000),
    new Float64Array(40),
  ];
  const many = Array.from({ length: 70_000 }, (_, i) => i - 35_000);
  const map = Object.fromEntries(many.slice(0, 300).map((i) => [`k${i}`, i / 3]));
  for (const value of [
    ...long,
    many,
    many.slice(0, 100),
    map,
    [],
    {},
    null,
    true,
    -1e15,
    2 ** 52,
    0.5,
    "é",
    [[[{ a: map }]]],
  ])
    assert.deepEqual(unpack(pack(value)), value);
});

test("each refusal has its reason", () => {
  const digest = digestOf("subject", Uint8Array.of(1));
  assert.equal(readTask(place, new Uint8Array(1001), 1000), "too long");
  assert.equal(readResult(new Uint8Array(5000)), "too long");
  assert.equal(readResult(pack([2, 0, Float64Array.of(1), digest, "w"])), "another version");
  assert.equal(readResult(pack([1, 0, 1, digest, "w"])), "malformed");
  assert.equal(readResult(pack([1, 0, Float64Array.of(1, 2), digest, "w"])), "malformed");
  assert.equal(readResult(pack([1, 0, Float64Array.of(1), digest.subarray(1), "w"])), "malformed");
  assert.equal(readResult(pack([1, 9, "x", digest, "w"])), "malformed");
  assert.equal(readResult(pack([1, 0, Float64Array.of(1), digest, "\u001b[2J"])), "malformed");
  assert.equal(readHello(pack([1, "w", 1e9])), "malformed");
  assert.equal(readHello(pack([1, "w", -1])), "malformed");
  assert.equal(readTask(place, pack([1, -1, 0, Float64Array.of(1)]), 1000), "malformed");
  assert.equal(readTask(place, pack([1, 0.5, 0, Float64Array.of(1)]), 1000), "malformed");
});
