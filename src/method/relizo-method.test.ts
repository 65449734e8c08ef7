import assert from "node:assert/strict";
import { test } from "node:test";
import { expectClose } from "../../test/expect-close.ts";
import { minimize } from "../index.ts";
import { uniforms } from "../sample/stream.ts";
import { relizo } from "./relizo-method.ts";

const C = [3, -1, 2, 0.5, -4];
const X = Float64Array.of(1, -2, 0.5, 3, -1);
type Row = ArrayLike<number>;
const product = (a: Row, b: Row): number => Array.from(a).reduce((sum, ai, i) => sum + ai * b[i]!, 0);
const minus = (a: Row, b: Row): number[] => Array.from(a, (ai, i) => ai - b[i]!);
const linear = (x: Row): number => product(C, x);
const quadratic = (x: Row): number =>
  linear(x) + Array.from(x).reduce((sum, xi, i) => sum + ((i + 1) * xi * xi) / 2, 0);

/** Fails unless g is the shortest vector with <g, z_k> = differences_k: it is met, and lies in the span of the z_k. */
function expectInterpolates(g: Row, z: readonly Row[], differences: readonly number[]): void {
  expectClose(
    z.map((row) => product(g, row)),
    differences,
    1e-11,
    "difference",
  );
  const basis: number[][] = [];
  const outside = (row: Row): number[] =>
    basis.reduce<number[]>((left, u) => {
      const c = product(left, u);
      return left.map((li, i) => li - c * u[i]!);
    }, Array.from(row));
  for (const row of z) {
    const rest = outside(row);
    const norm = Math.hypot(...rest);
    basis.push(rest.map((ri) => ri / norm));
  }
  expectClose(outside(g), new Array(g.length).fill(0), 1e-11, "part outside the span");
}

for (const reuse of ["none", "secant", "samples"] as const)
  test(`as many samples as coordinates, a linear f: steps of -lr times its gradient, reuse ${reuse}`, () => {
    const method = relizo({ samples: 5, radius: 0.5, lr: 0.1, lineSearch: "none", reuse });
    const state = method.init(X, 1);
    const points = method.ask(state);
    const { x } = method.tell(state, points, points.map(linear));
    expectClose(
      x,
      X.map((xi, i) => xi - 0.1 * C[i]!),
      1e-12,
    );
  });

test("normalized: the step has length lr", () => {
  const method = relizo({ samples: 5, radius: 0.5, lr: 0.1, lineSearch: "none", normalized: true });
  const state = method.init(X, 1);
  const points = method.ask(state);
  const { x } = method.tell(state, points, points.map(linear));
  const norm = Math.hypot(...C);
  expectClose(
    x,
    X.map((xi, i) => xi - (0.1 * C[i]!) / norm),
    1e-12,
  );
});

for (const reuse of ["none", "secant"] as const)
  for (const momentum of [0, 0.5])
    test(`a quadratic: the estimate interpolates, reuse ${reuse}, momentum ${momentum}`, () => {
      const lr = 1 / 64;
      const method = relizo({ samples: 3, radius: 0.25, lr, lineSearch: "none", reuse, momentum });
      const start = method.init(X, 1);
      const points = method.ask(start);
      assert.equal(points.length, 4);
      const once = method.tell(start, points, points.map(quadratic));
      const p = minus(X, once.x).map((si) => si / lr);
      const z = points.slice(1).map((point) => minus(point, X));
      expectInterpolates(
        p,
        z,
        points.slice(1).map((point) => quadratic(point) - quadratic(X)),
      );

      const later = method.ask(once);
      const twice = method.tell(once, later, later.map(quadratic));
      const g = minus(once.x, twice.x).map((si, i) => si / lr - momentum * p[i]!);
      assert.ok(product(g, p) > 0);
      const known = reuse === "secant" ? [X, ...later.slice(1)] : later.slice(1);
      expectInterpolates(
        g,
        known.map((point) => minus(point, once.x)),
        known.map((point) => quadratic(point) - quadratic(once.x)),
      );
    });

test("bounds that hold at the minimum: half, few and most of the coordinates end on them", async () => {
  const d = 20;
  for (const held of [10, 3, 18])
    for (const seed of [0, 1]) {
      // By construction (Karush, Kuhn, Tucker): f is convex, its gradient at `best` points out of the box where best is on it.
      const best = Float64Array.from({ length: d }, (_, i) => (i < held ? 1 : 0.8 * Math.sin(i)));
      const f = (x: Row): number => {
        const e = minus(x, best);
        const coupled = e.reduce((sum, ei, i) => sum + (1 + i) * (ei - 0.5 * (e[i - 1] ?? 0)) ** 2, 0);
        return coupled - e.reduce((sum, ei, i) => sum + (i < held ? (2 + i) * ei : 0), 0);
      };
      const x0 = new Float64Array(d);
      const found = await minimize(f, x0, { seed, bounds: { lower: -1, upper: 1 }, maxQueries: 5000 });
      assert.ok(found.value <= 1e-4 * f(x0), `${held} held, seed ${seed}: ${found.value} of ${f(x0)}`);
      assert.ok(found.value >= 0);
    }
});

test("noise far above the differences of values: searches in vain do not drive the next ones further out", async () => {
  const noise = uniforms({ seed: 5, step: 0 }, 0, 1000);
  let farthest = 0;
  let queries = 0;
  const f = (x: Row): number => {
    farthest = Math.max(farthest, Math.hypot(...Array.from(x)));
    return Array.from(x).reduce((sum, xi) => sum + xi ** 4, 0) + noise[queries++]!;
  };
  const found = await minimize(f, new Float64Array(30).fill(1), { maxQueries: 1000 });
  assert.equal(found.outcome, "queries");
  assert.ok(farthest < 1e6, `asked ${farthest} from the origin`);
});
