import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CHECKSUM, firstSum, frame, PREAMBLE, payloadAt, preamble, verify } from "./frames.ts";
import { readJournal } from "./read.ts";
import { decodeSnapshot } from "./snapshot.ts";

/** Payloads as journals have them: a list of msgpack, a kind, anything. */
const PAYLOADS = fc.array(
  fc.tuple(fc.constantFrom(0x92, 0x93, 0x94), fc.nat(7), fc.uint8Array({ maxLength: 40 })),
  { minLength: 1, maxLength: 8 },
);

function file(payloads: readonly Uint8Array[]): {
  readonly bytes: Uint8Array;
  readonly ends: readonly number[];
} {
  const parts = [preamble("journal")];
  const ends: number[] = [];
  let sum = firstSum("journal");
  for (const payload of payloads) {
    const record = frame(sum, payload);
    sum = record.slice(record.length - CHECKSUM);
    parts.push(record);
    ends.push(parts.reduce((all, { length }) => all + length, 0));
  }
  return { bytes: Uint8Array.from(parts.flatMap((part) => [...part])), ends };
}

const built = PAYLOADS.map((all) => {
  const payloads = all.map(([list, kind, rest]) => Uint8Array.of(list, kind, ...rest));
  return { payloads, ...file(payloads) };
});

test("records come back as they were written", () => {
  fc.assert(
    fc.property(built, ({ payloads, bytes, ends }) => {
      const { records, end, tail } = verify("f", bytes, "journal");
      assert.deepEqual([records, end, tail.state], [payloads.length, bytes.length, "whole"]);
      payloads.reduce((at, payload, i) => {
        const found = payloadAt(bytes, at);
        assert.deepEqual([...found.payload], [...payload]);
        assert.equal(found.end, ends[i]);
        return found.end;
      }, PREAMBLE);
    }),
    { seed: 1 },
  );
});

test("cut off anywhere, a file has the whole records before the cut, and a torn tail unless the cut is between two", () => {
  fc.assert(
    fc.property(built, ({ bytes, ends }) => {
      for (let length = 0; length <= bytes.length; length++) {
        const { records, tail } = verify("f", bytes.subarray(0, length), "journal");
        assert.equal(records, ends.filter((end) => end <= length).length);
        assert.equal(tail.state === "whole", [0, PREAMBLE, ...ends].includes(length), `${length}`);
        assert.notEqual(tail.state, "damaged");
      }
    }),
    { seed: 2, numRuns: 30 },
  );
});

test("one changed byte ends the whole records where it is: damage, or a torn tail where it is in the last record", () => {
  fc.assert(
    fc.property(built, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ bytes, ends }, where, change) => {
      const at = PREAMBLE + (where % (bytes.length - PREAMBLE));
      const changed = bytes.slice();
      changed[at]! ^= change;
      const { records, tail } = verify("f", changed, "journal");
      const hit = ends.findIndex((end) => at < end);
      assert.equal(records, hit);
      const last = hit === ends.length - 1;
      assert.equal(tail.state, last ? "torn" : "damaged");
    }),
    { seed: 3, numRuns: 400 },
  );
});

test("a record that is lost, doubled or swapped with the next is damage", () => {
  const { bytes, ends } = file([0, 1, 2, 3, 4].map((i) => Uint8Array.of(0x93, 1, i)));
  const record = (i: number): Uint8Array => bytes.subarray(i === 0 ? PREAMBLE : ends[i - 1], ends[i]);
  const orders = [
    [0, 2, 3, 4],
    [0, 1, 1, 2, 3, 4],
    [1, 0, 2, 3, 4],
    [0, 2, 1, 3, 4],
  ];
  for (const order of orders) {
    const parts = [preamble("journal"), ...order.map(record)].flatMap((part) => [...part]);
    const { tail } = verify("f", Uint8Array.from(parts), "journal");
    assert.equal(tail.state, "damaged", `${order}`);
  }
});

test("another file, a newer format and a format that never was are refused by name", () => {
  const { bytes } = file([Uint8Array.of(0x93, 1, 1)]);
  const changed = (at: number, byte: number): Uint8Array => bytes.map((old, i) => (i === at ? byte : old));
  const refused = (file: Uint8Array, message: RegExp): void =>
    assert.throws(() => verify("f", file, "journal"), { code: "JOURNAL", message });
  refused(changed(0, 0), /f is no journal of relizo/);
  refused(changed(6, 0x50), /is no journal/);
  refused(changed(7, 2), /of format 2, and this version of relizo reads up to 1: use a newer one/);
  refused(changed(7, 0), /format 0, which never was/);
  assert.equal(verify("f", bytes.subarray(0, 5), "journal").tail.state, "torn");
});

test("a forged record that claims much is refused before memory is set aside for it", () => {
  const level = [0xdd, 0x01, 0xc0, 0, 0]; // a list of 29 million entries
  for (const claim of [
    [...level, ...level, ...level],
    [0xdf, 0xff, 0xff, 0xff, 0xff],
    [0x93, 0, 0xc6, 0xff, 0, 0, 0],
  ]) {
    const { bytes } = file([Uint8Array.from(claim)]);
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 100; i++)
      assert.throws(() => readJournal(bytes), {
        code: "JOURNAL",
        message: /nothing that this version of relizo writes/,
      });
    assert.ok(process.memoryUsage.rss() - before < 2e8);
  }
  const snapshot = [
    ...preamble("snapshot"),
    ...frame(firstSum("snapshot"), Uint8Array.from([...level, ...level])),
  ];
  assert.match(String(decodeSnapshot("s", Uint8Array.from(snapshot))), /claim more than there is/);
});
