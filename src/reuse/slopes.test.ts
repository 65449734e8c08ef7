import assert from "node:assert/strict";
import { test } from "node:test";
import { expectClose, gamma } from "../../test/expect-close.ts";
import { jsKernels } from "../kernel/js/index.ts";
import { relizo } from "../method/relizo-method.ts";
import { LIZO } from "../run/lizo.ts";
import { minimize } from "../run/minimize.ts";
import type { History } from "./history.ts";
import { slopes } from "./slopes.ts";

const D = 30;
const X = Float64Array.from({ length: D }, (_, i) => Math.cos(i));
const f = (x: ArrayLike<number>): number =>
  Array.from(x).reduce((sum, xi, i) => sum + (1 + (i % 4)) * xi * xi + xi, 0);

/** Histories before each turn, with the points asked and the iterate, on minibatches as told. */
function turns(batches: readonly number[], options: Parameters<typeof slopes>[0] = {}) {
  const method = relizo({ samples: 8, radius: 1e-4, lr: 0.02, lineSearch: "none", reuse: slopes(options) });
  let state = method.init(X, 3);
  return batches.map((batch) => {
    const points = method.ask(state, batch);
    const before = state;
    state = method.tell(
      state,
      points,
      points.map((x) => f(x) + 100 * batch),
      batch,
    );
    return { before, points };
  });
}

const historyOf = (state: { readonly walk: { readonly history: History<Float64Array> } }) =>
  state.walk.history;

test("queries: f(x) and n samples, then f(x) and the half of n", () => {
  assert.deepEqual(
    turns([0, 0, 0, 0]).map(({ points }) => points.length),
    [9, 5, 5, 5],
  );
  assert.deepEqual(
    turns([0, 0, 0], { part: 1 }).map(({ points }) => points.length),
    [9, 2, 2],
  );
});

test("on another minibatch all samples are fresh, slopes serve, and no values of two are compared", () => {
  const asked = turns([0, 1, 2, 2]);
  assert.deepEqual(
    asked.map(({ points }) => points.length),
    [9, 9, 9, 5],
  );
  const { values, ridge = [] } = historyOf(asked[3]!.before);
  const differences = values.filter((_, i) => ridge[i]! > 0);
  assert.equal(differences.length, 12);
  for (const df of differences) assert.ok(Math.abs(df) < 1, `${df} is no difference over 1e-4`);
});

test("a slope is the difference where it was taken, along the direction drawn there, and grows stale by turns", () => {
  const asked = turns([0, 0, 0, 0], { most: 100, staleness: 0.5 });
  const last = asked.at(-1)!;
  const { rows, values, gram, ridge = [] } = historyOf(last.before);
  const taken = asked.slice(0, -1).flatMap(({ before, points }, turn) =>
    points.slice(1).map((point) => ({
      row: point.map((value, i) => value - before.x[i]!),
      difference: f(point) - f(before.x),
      ridge: 0.5 * (3 - turn),
    })),
  );
  assert.equal(rows.length, taken.length + 1);
  for (const one of taken) {
    const i = rows.findIndex((row) => row.every((v, k) => Math.abs(v - one.row[k]!) <= 1e-15));
    assert.ok(i >= 0, "a sample was forgotten");
    expectClose([values[i]!], [one.difference], 1e-12);
    assert.equal(ridge[i], one.ridge);
  }
  const at = ridge.indexOf(0);
  const before = asked.at(-2)!.before;
  expectClose(
    rows[at]!,
    before.x.map((v, i) => v - last.before.x[i]!),
    1e-15,
    "the way back",
  );
  assert.equal(values[at], f(before.x));
  const lengths = rows.map((row) => Math.sqrt(jsKernels.dot(row, row)));
  const scale = (_: number, k: number): number =>
    lengths[Math.floor(k / rows.length)]! * lengths[k % rows.length]!;
  expectClose(
    gram,
    jsKernels.gram(rows, rows),
    gram.map(scale).map((s) => 8 * gamma(D) * s),
    "Gram entry",
  );
});

test("at most as many slopes as asked for, the latest", () => {
  const { ridge = [] } = historyOf(turns([0, 0, 0, 0], { most: 6 }).at(-1)!.before);
  assert.deepEqual(
    [...ridge].sort((a, b) => a - b),
    [0, 1, 1, 1, 1, 2, 2],
  );
});

test("with a line search, and resumed in the middle: the same run", async () => {
  const method = () => relizo({ samples: 6, reuse: slopes() });
  const whole = await minimize(f, X, { method: method(), maxSteps: 120 });
  const half = await minimize(f, X, { method: method(), maxSteps: 21 });
  const rest = await minimize(f, X, { method: method(), maxSteps: 120, resume: half.state });
  assert.deepEqual(rest.x, whole.x);
  assert.equal(rest.queries, whole.queries);
  const least = X.reduce((sum, _, i) => sum - 1 / (4 * (1 + (i % 4))), 0);
  assert.ok(whole.value - least <= 1e-2 * (f(X) - least), `${whole.value}, least ${least}`);
});

test("a history of the other form is not taken for one's own", async () => {
  const points = () => relizo({ samples: 6, lr: 0.02, lineSearch: "none", reuse: "samples" });
  const own = () => relizo({ samples: 6, lr: 0.02, lineSearch: "none", reuse: slopes() });
  for (const [one, other] of [
    [points, own],
    [own, points],
  ] as const) {
    const begun = await minimize(f, X, { method: one(), maxSteps: 7 });
    const rest = await minimize(f, X, { method: other(), maxSteps: 60, resume: begun.state });
    assert.ok(rest.value < begun.value);
  }
});

test("options are read at the door", () => {
  for (const bad of [{ staleness: 0 }, { part: 1.5 }, { most: -1 }, { ages: 3 }])
    assert.throws(() => slopes(bad as object), /slopes: /);
});

test("as few dimensions as samples, or fewer: LIZO and relizo go down, and never ask at NaN", async () => {
  for (const d of [2, 3, 5, 8, 9, 10, 12, 16])
    for (const own of [{}, { most: 40 }, { part: 0 }]) {
      const g = (x: ArrayLike<number>): number => {
        assert.ok(Array.from(x).every(Number.isFinite), `asked at ${x}`);
        return Array.from(x).reduce((sum, xi, i) => sum + (1 + (i % 3)) * (xi - 1) ** 2, 0);
      };
      const x = new Float64Array(d);
      const lizo = new LIZO(x, { reuse: slopes(own), lr: 0.02, seed: 1 });
      for (let step = 0; step < 300; step++) lizo.step(() => g(x));
      assert.ok(g(x) < 1e-2 * g(new Float64Array(d)), `LIZO, d = ${d}: ${g(x)}`);
      for (const reuse of [slopes(own), "secant"] as const) {
        const method = relizo({ reuse, lr: 0.05, lineSearch: "none" });
        const found = await minimize(g, new Float64Array(d), { method, maxSteps: 300, seed: 2 });
        assert.ok(
          found.state.state.value < 1e-3 * g(new Float64Array(d)),
          `d = ${d}: ${found.state.state.value}`,
        );
      }
    }
});

test("resumed in the middle of a line search under the other rule: nothing is taken for what it is not", async () => {
  const h = (x: ArrayLike<number>): number => f(x) + 1000;
  for (const [one, other] of [
    [slopes(), "samples"],
    ["samples", slopes()],
  ] as const)
    for (let queries = 8; queries < 24; queries++) {
      const begun = await minimize(h, X, { method: relizo({ reuse: one }), maxQueries: queries });
      const method = relizo({ reuse: other, reuseSteps: 2 });
      const rest = await minimize(h, X, { method, maxQueries: queries + 60, resume: begun.state });
      const last = rest.state.state.value;
      assert.ok(
        last <= begun.value + 1e-9 || last <= h(X),
        `stopped at ${queries}: ${begun.value} to ${last}`,
      );
    }
});
