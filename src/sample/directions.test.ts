import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { expectClose, expectSame, gamma } from "../../test/expect-close.ts";
import { RelizoError } from "../error.ts";
import type { Reals } from "../kernel/kernels.ts";
import { DIRECTIONS, type Drawing, fillDirections } from "./directions.ts";

type Kind = (typeof DIRECTIONS)[number];

function draw(count: number, d: number, drawing: Drawing<Reals>, seed = 1, step = 0): Float64Array[] {
  const rows = Array.from({ length: count }, () => new Float64Array(d).fill(Number.NaN));
  fillDirections(rows, { seed, step }, drawing);
  return rows;
}

const dot = (a: Reals, b: Reals): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

for (const kind of DIRECTIONS) {
  test(`${kind}: mean 0, and E z z^T is scale^2 times the identity`, () => {
    const [d, count, scale] = [4, 20_000, 0.5];
    const mean = new Float64Array(d);
    const second = new Float64Array(d * d);
    for (let k = 0; k < count; k++) {
      const [z] = draw(1, d, { kind, scale }, 3, k);
      for (let i = 0; i < d; i++) {
        mean[i]! += z![i]! / count;
        for (let j = 0; j < d; j++) second[i * d + j]! += (z![i]! * z![j]!) / count;
      }
    }
    // Six standard deviations: of an entry, scale / sqrt(count); of a product, at most scale^2 sqrt(d / count).
    expectClose(mean, new Float64Array(d), (6 * scale) / Math.sqrt(count), "mean");
    const identity = Float64Array.from({ length: d * d }, (_, k) => (k % (d + 1) === 0 ? scale * scale : 0));
    expectClose(second, identity, 6 * scale * scale * Math.sqrt(d / count), "second moment");
  });

  test(`${kind}: a stream names its numbers, whatever the precision and however many rows are asked for`, () => {
    const cases = fc.record({
      seed: fc.maxSafeNat(),
      step: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      d: fc.integer({ min: 6, max: 300 }),
      few: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(cases, ({ seed, step, d, few }) => {
        const drawing = { kind, scale: 0.25 } as const;
        const many = draw(6, d, drawing, seed, step);
        draw(few, d, drawing, seed, step).forEach((row, i) => {
          // Householder vectors of later rows do not touch earlier rows but by rounding.
          if (kind === "orthogonal") expectClose(row, many[i]!, Math.sqrt(d) * gamma(200 * d));
          else expectSame(row, many[i]!);
        });
        const single = Array.from({ length: 6 }, () => new Float32Array(d));
        fillDirections(single, { seed, step }, drawing);
        single.forEach((row, i) => {
          // A normalized row is off by its norm's rounding, an orthogonal one by the sine of some roundoffs.
          const tolerance = kind === "orthogonal" ? 200 * 2 ** -24 * Math.sqrt(d) : 2 * 2 ** -24 * 4.4;
          if (kind === "rademacher" || kind === "gaussian") expectSame(row, Float32Array.from(many[i]!));
          else expectClose(row, many[i]!, tolerance);
        });
      }),
      { seed: 21, numRuns: 40 },
    );
  });

  test(`${kind}: another seed, step or row is another direction`, () => {
    const drawing = { kind, scale: 1 } as const;
    const rows = [
      ...draw(2, 64, drawing, 1, 0),
      ...draw(1, 64, drawing, 2, 0),
      ...draw(1, 64, drawing, 1, 1),
      ...draw(1, 64, drawing, 1 + 2 ** 32, 0), // the high half of the seed counts
    ];
    assert.equal(new Set(rows.map((row) => row.join())).size, rows.length);
  });
}

const EXACT_LENGTH: readonly Kind[] = ["sphere", "rademacher", "orthogonal", "coordinate"];
for (const kind of EXACT_LENGTH)
  test(`${kind}: every direction has length scale sqrt(d)`, () => {
    for (const d of [1, 2, 3, 10, 1000, 5001]) {
      const scale = 1e-5;
      for (const row of draw(Math.min(d, 4), d, { kind, scale })) {
        const error = Math.sqrt(dot(row, row)) / (scale * Math.sqrt(d)) - 1;
        assert.ok(!(Math.abs(error) > gamma(d + 10)), `d = ${d}: ${error}`);
      }
    }
  });

test("rademacher: every entry is plus or minus the scale, and both come equally often", () => {
  const [row] = draw(1, 100_000, { kind: "rademacher", scale: 0.125 });
  const plus = row!.filter((z) => z === 0.125).length;
  assert.equal(row!.filter((z) => z === -0.125).length, row!.length - plus);
  assert.ok(Math.abs(plus - 50_000) < 6 * Math.sqrt(25_000));
});

test("gaussian: the fourth moment and the tails are those of a normal number", () => {
  const n = 1_000_000;
  const [row] = draw(1, n, { kind: "gaussian", scale: 1 });
  let [fourth, beyond] = [0, 0];
  for (const z of row!) {
    fourth += z ** 4 / n;
    if (Math.abs(z) > 3) beyond++;
  }
  assert.ok(Math.abs(fourth - 3) < 6 * Math.sqrt(96 / n)); // the variance of z^4 is 96
  assert.ok(Math.abs(beyond / n - 0.0026998) < 6 * Math.sqrt(0.0027 / n)); // P(|z| > 3)
});

test("orthogonal: rows and what they are drawn against stand at right angles to roundoff", () => {
  const cases = fc.record({
    d: fc.integer({ min: 1, max: 60 }),
    fixed: fc.integer({ min: 0, max: 8 }),
    scale: fc.constantFrom(1e-6, 1, 1e6),
    seed: fc.nat(),
    dependent: fc.boolean(),
  });
  fc.assert(
    fc.property(cases, ({ d, fixed: wanted, scale, seed, dependent }) => {
      const fixed = Math.min(wanted, d - 1);
      const against = draw(fixed, d, { kind: "gaussian", scale: 3 }, seed, 9);
      if (dependent && fixed > 1) against[1] = against[0]!.map((v) => 2 * v); // as samples along one step are
      const rows = draw(d - fixed, d, { kind: "orthogonal", scale, against }, seed);
      const length = scale * Math.sqrt(d);
      const tolerance = gamma(60 * d); // a constant times m d u: Higham, theorem 19.4
      for (const [i, row] of rows.entries()) {
        for (const other of rows.slice(0, i))
          assert.ok(!(Math.abs(dot(row, other)) > tolerance * length * length));
        for (const other of against)
          assert.ok(!(Math.abs(dot(row, other)) > tolerance * length * Math.sqrt(dot(other, other))));
      }
    }),
    { seed: 22, numRuns: 200 },
  );
});

test("orthogonal: with one row the direction is the normal one, made long enough", () => {
  const d = 12;
  const [row] = draw(1, d, { kind: "orthogonal", scale: 1 });
  const [normal] = draw(1, d, { kind: "gaussian", scale: 1 });
  const cosine = dot(row!, normal!) / Math.sqrt(dot(row!, row!) * dot(normal!, normal!));
  assert.ok(!(Math.abs(Math.abs(cosine) - 1) > gamma(20 * d)));
});

test("coordinate: axes are distinct, all of them where d are drawn, and each equally likely", () => {
  for (const d of [1, 2, 7, 40]) {
    const axes = draw(d, d, { kind: "coordinate", scale: 1 }).map((row) => {
      const at = row.findIndex((v) => v !== 0);
      assert.equal(row.filter((v) => v !== 0).length, 1);
      return at;
    });
    assert.equal(new Set(axes).size, d);
  }
  const counts = new Float64Array(5);
  const n = 5000;
  for (let step = 0; step < n; step++)
    for (const row of draw(2, 5, { kind: "coordinate", scale: 1 }, 4, step))
      counts[row.findIndex((v) => v !== 0)]! += 1 / (2 * n);
  expectClose(counts, new Float64Array(5).fill(0.2), 6 * Math.sqrt((0.2 * 0.8) / (2 * n)), "share of axis");
});

test("more orthogonal or coordinate directions than there are dimensions are refused", () => {
  for (const [kind, count, fixed] of [
    ["orthogonal", 4, 0],
    ["orthogonal", 3, 1],
    ["coordinate", 4, 0],
  ] as const)
    assert.throws(
      () => draw(count, 3, { kind, scale: 1, against: draw(fixed, 3, { kind: "gaussian", scale: 1 }) }),
      (error) =>
        error instanceof RelizoError &&
        error.code === "SHAPE" &&
        error.message.includes(`${kind} directions must be at most ${3 - fixed}, got ${count}.`),
    );
});

test("a seed that is no whole number from 0 to 2^53 - 1 is refused", () => {
  for (const seed of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
    assert.throws(
      () => draw(1, 3, { kind: "gaussian", scale: 1 }, seed),
      (error) => error instanceof RelizoError && error.message.includes(`got ${seed}`),
    );
});
