import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fillWords, threefry, type Words } from "./threefry.ts";

// Random123, tests/kat_vectors: threefry4x32, 13 rounds; counter, key, answer.
const ANSWERS: readonly (readonly [Words, Words, Words])[] = [
  [
    [0, 0, 0, 0],
    [0, 0, 0, 0],
    [0x531c7e4f, 0x39491ee5, 0x2c855a92, 0x3d6abf9a],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xc4189358, 0x1c9cc83a, 0xd5881c67, 0x6a0a89e0],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89],
    [0x4aa71d8f, 0x734738c2, 0x431fc6a8, 0xae6debf1],
  ],
];

test("the generator gives the published answers", () => {
  for (const [counter, key, answer] of ANSWERS) assert.deepEqual(threefry(key, counter), answer);
});

test("the fast block equals the definition for every key and counter", () => {
  const word = fc.integer({ min: 0, max: 0xffffffff });
  fc.assert(
    fc.property(fc.tuple(word, word, word, word), word, (key, first) => {
      const out = new Int32Array(12);
      fillWords(out, key, first);
      const expected = [0, 1, 2].flatMap((i) => threefry(key, [(first + i) >>> 0, 0, 0, 0]));
      assert.deepEqual(
        Array.from(out, (w) => w >>> 0),
        expected,
      );
    }),
    { seed: 1 },
  );
});
