import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { expectClose, expectSame, gamma } from "../../test/expect-close.ts";
import { jsKernels } from "../kernel/js/index.ts";
import { DIRECTIONS, fillDirections } from "../sample/directions.ts";
import { interpolate } from "./interpolate.ts";

const U = 2 ** -53;
const { dot, gram, perturb } = jsKernels;

function rows(m: number, d: number, scale: number, seed: number, step = 0): Float64Array[] {
  const out = Array.from({ length: m }, () => new Float64Array(d));
  fillDirections(out, { seed, step }, { kind: "gaussian", scale });
  return out;
}

function gradient(D: readonly Float64Array[], alpha: Float64Array): Float64Array {
  const g = new Float64Array(D[0]!.length);
  jsKernels.combine(
    g,
    D.map((row, i) => [alpha[i]!, row] as const),
  );
  return g;
}

const shapes = fc.record({
  seed: fc.nat(),
  m: fc.integer({ min: 1, max: 16 }),
  scale: fc.constantFrom(1e-6, 1, 1e6),
  f: fc.constantFrom(1e-9, 1, 1e9),
});

test("on a linear objective the estimate is the gradient's projection on the sampled span", () => {
  fc.assert(
    fc.property(shapes, ({ seed, m, scale, f }) => {
      const d = 4 * m; // wide, so well conditioned; dependent rows have their own test
      const D = rows(m, d, scale, seed);
      const [c] = rows(1, d, f / Math.sqrt(d), seed, 1);
      const differences = D.map((dx) => dot(dx, c!));
      const alpha = interpolate(gram(D, D), differences, U);
      const g = gradient(D, alpha);
      const length = scale * Math.sqrt(d) * Math.sqrt(dot(c!, c!));
      const tolerance = 1000 * gamma(d); // cond(A) is about 9 at d = 4 m, for few rows up to 100; m rows lose m times that
      assert.ok(alpha.every((a) => a !== 0));
      expectClose(
        D.map((dx) => dot(dx, g)),
        differences,
        tolerance * length,
        "<dx, g>",
      );
      // A projection never lengthens, and |g|^2 = <g, c>.
      const norm = dot(c!, c!);
      const square = dot(g, g);
      assert.ok(square <= norm * (1 + tolerance), `${square} of ${norm}`);
      expectClose([square], [dot(g, c!)], 10 * tolerance * norm);
    }),
    { seed: 41, numRuns: 200 },
  );
});

test("with as many rows as dimensions the estimate is the gradient", () => {
  for (let d = 1; d <= 12; d++) {
    const D = Array.from({ length: d }, () => new Float64Array(d));
    fillDirections(D, { seed: d, step: 0 }, { kind: "orthogonal", scale: 0.1 });
    const [c] = rows(1, d, 1, d, 1);
    const alpha = interpolate(
      gram(D, D),
      D.map((dx) => dot(dx, c!)),
      U,
    );
    expectClose(gradient(D, alpha), c!, 100 * gamma(d) * Math.sqrt(dot(c!, c!)));
  }
});

test("scaling f scales the estimate, scaling x divides it, by powers of two bit for bit", () => {
  fc.assert(
    fc.property(shapes, fc.integer({ min: -20, max: 20 }), ({ seed, m }, power) => {
      const D = rows(m, 3 * m, 1, seed);
      const df = rows(1, m, 1, seed, 1)[0]!;
      const A = gram(D, D);
      const factor = 2 ** power;
      const base = interpolate(A, df, U);
      const steeper = interpolate(
        A,
        df.map((v) => v * factor),
        U,
      );
      expectSame(
        steeper,
        base.map((a) => a * factor),
      );
      const wider = interpolate(
        A.map((a) => a * factor * factor),
        df,
        U,
      );
      expectSame(
        wider,
        base.map((a) => a / factor / factor),
      );
    }),
    { seed: 42, numRuns: 100 },
  );
});

test("rows of very different lengths weigh the same: the estimate does not change when one is stretched", () => {
  const [m, d] = [6, 40];
  const D = rows(m, d, 1, 3);
  const [c] = rows(1, d, 1, 4);
  const estimate = (stretch: number): Float64Array => {
    const stretched = D.map((dx, i) => (i === 2 ? dx.map((v) => v * stretch) : dx));
    const df = stretched.map((dx) => dot(dx, c!));
    return gradient(stretched, interpolate(gram(stretched, stretched), df, U));
  };
  const base = estimate(1);
  for (const stretch of [1e-8, 1e-4, 1e4, 1e8]) expectClose(estimate(stretch), base, 1e5 * gamma(d));
});

test("rows that depend on others are left out, and the estimate is that of the others", () => {
  const cases = fc.record({
    seed: fc.nat(),
    m: fc.integer({ min: 1, max: 6 }),
    copies: fc.integer({ min: 1, max: 4 }),
    zero: fc.boolean(),
  });
  fc.assert(
    fc.property(cases, ({ seed, m, copies, zero }) => {
      const d = 30;
      const D = rows(m, d, 1, seed);
      const [c] = rows(1, d, 1, seed, 1);
      const extra = Array.from({ length: copies }, (_, k) => D[k % m]!.map((v) => v * (k % 2 ? -2 : 1)));
      const all = [...D, ...extra, ...(zero ? [new Float64Array(d)] : [])];
      const estimate = (some: readonly Float64Array[]): { g: Float64Array; used: number } => {
        const alpha = interpolate(
          gram(some, some),
          some.map((dx) => dot(dx, c!)),
          U,
        );
        assert.ok(alpha.every(Number.isFinite));
        return { g: gradient(some, alpha), used: alpha.filter((a) => a !== 0).length };
      };
      const [few, many] = [estimate(D), estimate(all)];
      assert.equal(many.used, m);
      expectClose(many.g, few.g, 1e4 * gamma(d) * Math.sqrt(dot(c!, c!)));
    }),
    { seed: 43, numRuns: 200 },
  );
});

test("samples that cluster along one step keep a bounded estimate, however close they lie", () => {
  for (const spread of [1e-2, 1e-4, 1e-6, 1e-8, 1e-10]) {
    const [m, d] = [8, 50];
    const [s, c] = [rows(1, d, 1, 5)[0]!, rows(1, d, 1, 6)[0]!];
    const D = rows(m, d, spread, 7).map((dx) => dx.map((v, i) => v - s[i]!));
    const df = D.map((dx) => dot(dx, c));
    const g = gradient(D, interpolate(gram(D, D), df, U));
    // What is not rounding is still a projection; rounding of df enters divided by the spread that was kept.
    assert.ok(dot(g, g) <= 1.1 * dot(c, c), `spread ${spread}: |g|^2 = ${dot(g, g)}`);
    expectClose([dot(s, g)], [dot(s, c)], 1e-4 * Math.sqrt(dot(s, s) * dot(c, c)), "slope along the step");
  }
});

test("all zero, or nothing at all, is no gradient", () => {
  for (const m of [0, 1, 3]) {
    const zeros = new Float64Array(m);
    expectSame(interpolate(new Float64Array(m * m), zeros, U), zeros);
  }
  const D = rows(3, 9, 1, 1);
  expectSame(interpolate(gram(D, D), [0, 0, 0], U), [0, 0, 0]);
});

test("NaN or an overflow is never hidden behind a finite length", () => {
  const D = rows(3, 9, 1, 1);
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 1e300])
    for (let at = 0; at < 3; at++) {
      const alpha = interpolate(
        gram(D, D),
        [0, 1, 2].map((i) => (i === at ? bad : 1)),
        U,
      );
      const g = gradient(D, alpha);
      assert.ok(!Number.isFinite(dot(g, g)), `${bad} at ${at} gave ${g}`);
    }
});

test("noise on the diagonal is the variance of a measurement: the estimate is the mean given what was measured", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 8 }), (seed, m) => {
      const d = 3 * m;
      const D = rows(m, d, 1, seed);
      const df = rows(1, m, 1, seed, 1)[0]!;
      const ridge = Float64Array.from({ length: m }, (_, i) => 0.01 + i / 2);
      const diagonal = Float64Array.from({ length: m * m }, (_, k) =>
        k % (m + 1) === 0 ? ridge[k / (m + 1)]! : 0,
      );
      const g = gradient(D, interpolate(gram(D, D), df, U, diagonal));
      // The least sum of |g|^2 and squared residuals over their variance has no slope there.
      const slope = g.slice();
      D.forEach((dx, i) => {
        const square = dot(dx, dx);
        perturb(slope, slope, [[(dot(dx, g) - df[i]!) / (ridge[i]! * square), dx]]);
      });
      expectClose(slope, new Float64Array(d), 1e-9 * (1 + Math.sqrt(dot(g, g))));
    }),
    { seed: 44, numRuns: 100 },
  );
});

test("the arguments stay as they are", () => {
  const D = rows(4, 12, 1, 1);
  const [A, df] = [gram(D, D), Float64Array.of(1, 2, 3, 4)];
  const before = [A.slice(), df.slice()];
  interpolate(A, df, U);
  assert.deepEqual([A, df], before);
});

test("of every kind of direction the estimate decreases a smooth function", () => {
  const d = 20;
  const x = Float64Array.from({ length: d }, (_, i) => 1 + (i % 3));
  const f = (y: Float64Array): number => y.reduce((sum, yi, i) => sum + (1 + i) * yi * yi, 0);
  for (const kind of DIRECTIONS) {
    const D = Array.from({ length: 5 }, () => new Float64Array(d));
    fillDirections(D, { seed: 8, step: 0 }, { kind, scale: 1e-6 });
    const df = D.map((dx) => f(x.map((xi, i) => xi + dx[i]!)) - f(x));
    const g = gradient(D, interpolate(gram(D, D), df, U));
    assert.ok(f(x.map((xi, i) => xi - 1e-3 * g[i]!)) < f(x), kind);
  }
});
