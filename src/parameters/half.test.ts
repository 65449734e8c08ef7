import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Narrow, narrowBF16, narrowF16, type Widen, widenBF16, widenF16 } from "./half.ts";

interface Format {
  readonly widen: Widen;
  readonly narrow: Narrow;
  readonly exponentBits: number;
  readonly fractionBits: number;
}

const FORMATS: Readonly<Record<string, Format>> = {
  F16: { widen: widenF16, narrow: narrowF16, exponentBits: 5, fractionBits: 10 },
  BF16: { widen: widenBF16, narrow: narrowBF16, exponentBits: 8, fractionBits: 7 },
};

const ALL = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);

/** IEEE 754, section 3.4, in words: sign, biased exponent, fraction; the least exponent has no leading one. */
function meaning(bits: number, { exponentBits, fractionBits }: Format): number {
  const sign = bits >= 2 ** 15 ? -1 : 1;
  const exponent = Math.floor((bits % 2 ** 15) / 2 ** fractionBits);
  const fraction = (bits % 2 ** fractionBits) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
}

for (const [name, format] of Object.entries(FORMATS)) {
  const numbers = new Float32Array(ALL.length);
  format.widen(numbers, ALL);

  test(`${name}: every pattern of bits means what the standard says`, () => {
    for (const bits of ALL) assert.ok(Object.is(numbers[bits], meaning(bits, format)), `bits ${bits}`);
  });

  test(`${name}: every pattern goes to float32 and back, NaN payloads included`, () => {
    const back = new Uint16Array(ALL.length);
    format.narrow(back, numbers);
    assert.deepEqual(back, ALL);
  });

  test(`${name}: rounding takes the nearest, the even one of two as near`, () => {
    const word = fc.oneof(
      fc.float({ noNaN: true }),
      fc.float({ noNaN: true, min: -(2 ** -13), max: 2 ** -13 }),
    );
    const between = fc.record({ at: fc.nat(2 ** 15 - 2), way: fc.constantFrom(0.25, 0.5, 0.75) });
    const place = between.map(
      ({ at, way }) => meaning(at, format) * (1 - way) + meaning(at + 1, format) * way,
    );
    const check = (given: number): void => {
      const x = Math.fround(given);
      const out = new Uint16Array(1);
      format.narrow(out, Float32Array.of(x));
      const largest = meaning(2 ** 15 - 1 - 2 ** format.fractionBits, format);
      const ulp = largest - meaning(2 ** 15 - 2 - 2 ** format.fractionBits, format);
      const bits = out[0]! % 2 ** 15;
      assert.equal(out[0]! >= 2 ** 15, Object.is(x, -0) || x < 0);
      if (Math.abs(x) >= largest + ulp / 2) {
        assert.equal(meaning(bits, format), Infinity);
        return;
      }
      const error = (other: number): number => Math.abs(meaning(other, format) - Math.abs(x));
      for (const other of [bits - 1, bits + 1]) {
        if (other < 0 || !Number.isFinite(meaning(other, format))) continue;
        assert.ok(error(bits) <= error(other), `${x} became ${meaning(bits, format)}`);
        if (error(bits) === error(other)) assert.equal(bits % 2, 0, `${x} is halfway`);
      }
    };
    fc.assert(fc.property(fc.oneof(word, place.filter(Number.isFinite)), check), { seed: 5, numRuns: 3000 });
    for (const x of [65_519.996, 65_520, 2 ** -25, 1.5 * 2 ** -24, 2 ** -14 * (1 - 2 ** -11), 3.4e38])
      check(x);
  });

  test(`${name}: no NaN becomes a number, however few of its bits are kept`, () => {
    const bits = Uint32Array.of(0x7f800001, 0xff800001, 0x7fffffff, 0x7fc00000, 0xffffffff);
    const out = new Uint16Array(bits.length);
    format.narrow(out, new Float32Array(bits.buffer));
    for (const half of out) assert.ok(Number.isNaN(meaning(half, format)));
  });
}
