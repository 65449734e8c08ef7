import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { GpuBuffer } from "./gpu.ts";
import { bind, type DeviceVector, type Place, pieces } from "./vector.ts";

/** A buffer that only lies there. */
function buffer(size: number): GpuBuffer {
  const nothing = (): never => assert.fail("nothing is to be done with it");
  return { size, destroy: nothing, mapAsync: nothing, getMappedRange: nothing, unmap: nothing };
}

/** Elements [begin, begin + sum of lengths), a part for each length, in any of three buffers and in any order. */
const vector = (begin: number, total: number): fc.Arbitrary<DeviceVector> =>
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: total }), fc.nat(2), fc.nat(9)), { maxLength: 5 })
    .chain((cuts) => {
      const ends = [...cuts.map(([cut]) => cut).sort((a, b) => a - b), total];
      const buffers = [0, 1, 2].map(() => buffer(4 * 7 * (total + 10)));
      const used = [0, 0, 0];
      const parts = ends.map((end, k) => {
        const start = ends[k - 1] ?? 0;
        const [, which, gap] = cuts[k] ?? [0, 0, 3];
        const offset = used[which]! + 4 * gap;
        used[which] = offset + 4 * (end - start);
        return { buffer: buffers[which]!, offset, length: end - start, begin: begin + start };
      });
      return fc.shuffledSubarray(parts, { minLength: parts.length });
    });

/** Where an element lies. */
function find(v: DeviceVector, element: number): Place {
  const part = v.find(({ begin, length }) => begin <= element && element < begin + length);
  assert.ok(part);
  return { buffer: part.buffer, offset: part.offset + 4 * (element - part.begin) };
}

test("pieces hold every element of the first vector once, in order, where each vector has it", () => {
  const given = fc
    .tuple(fc.integer({ min: 0, max: 2 ** 39 }), fc.nat(50))
    .chain(([begin, total]) =>
      fc.tuple(fc.constant(total), vector(begin, total), vector(begin, total), vector(begin, total)),
    );
  fc.assert(
    fc.property(given, fc.integer({ min: 1, max: 60 }), ([total, ...vectors], most) => {
      let next = Math.min(...vectors[0].map(({ begin }) => begin));
      let count = 0;
      for (const { begin, length, places } of pieces("here", vectors, most)) {
        assert.equal(begin, next);
        assert.ok(length > 0 && length <= most);
        for (const element of [begin, begin + length - 1])
          for (const [k, v] of vectors.entries()) {
            const { buffer: there, offset } = find(v, element);
            assert.equal(places[k]!.buffer, there);
            assert.equal(places[k]!.offset + 4 * (element - begin), offset);
          }
        next += length;
        count += length;
      }
      assert.equal(count, total);
    }),
    { seed: 1 },
  );
});

test("ranges are aligned, apart from each other, and hold every place", () => {
  const buffers = [buffer(2 ** 20), buffer(2 ** 20)];
  const place = fc.record({ buffer: fc.constantFrom(...buffers), word: fc.nat(400) });
  fc.assert(
    fc.property(
      fc.array(place, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 300 }),
      (words, n) => {
        const places = words.map(({ buffer: there, word }) => ({ buffer: there, offset: 4 * word }));
        const [out] = places;
        const overlaps = places.some((one) => {
          const distance = Math.abs(one.offset - out!.offset);
          return one.buffer === out!.buffer && distance > 0 && distance < 4 * n;
        });
        if (overlaps) {
          assert.throws(() => bind("here", places, n, 256), { code: "SHAPE", message: /overlap/ });
          return;
        }
        const { ranges, slots, firsts } = bind("here", places, n, 256);
        for (const [k, one] of places.entries()) {
          const range = ranges[slots[k]!]!;
          assert.equal(range.buffer, one.buffer);
          assert.equal(range.offset % 256, 0);
          assert.equal(range.offset + 4 * firsts[k]!, one.offset);
          assert.ok(one.offset + 4 * n <= range.offset + range.size);
        }
        for (const [k, a] of ranges.entries())
          for (const b of ranges.slice(k + 1))
            assert.ok(
              a.buffer !== b.buffer || a.offset + a.size <= b.offset || b.offset + b.size <= a.offset,
            );
        assert.ok(ranges.reduce((sum, { size }) => sum + size, 0) <= places.length * (4 * n + 252));
      },
    ),
    { seed: 1 },
  );
});
