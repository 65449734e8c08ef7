/** What holds for every registered problem, and for the registry. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { RelizoError } from "../error.ts";
import { normal, uniform } from "./hash.ts";
import { moreWild, type Problem, paperProblems, problemNamed, problems } from "./index.ts";

/** A possible dimension, small and drawn by `seed` where the problem leaves a choice. */
function someDimension(problem: Problem, seed: number): number {
  const from = 1 + Math.floor(40 * uniform(seed, 0));
  for (let d = from; d < from + 70; d++) if (problem.refuses?.(d) === undefined) return d;
  return Math.min(...problem.dimensions);
}

/** |<g, u> - (f(x + h u) - f(x - h u)) / 2h| / |g| at the best of four h: rounding grows as h falls, curvature as it rises. */
function differenceError(problem: Problem, x: Float64Array, u: Float64Array): number {
  const g = problem.gradient(x);
  const along = g.reduce((sum, gi, i) => sum + gi * u[i]!, 0);
  const size = Math.sqrt(g.reduce((sum, gi) => sum + gi * gi, 0));
  const errors = [1e-3, 1e-4, 1e-5, 1e-6].map((h) => {
    const ahead = problem.value(x.map((xi, i) => xi + h * u[i]!));
    const behind = problem.value(x.map((xi, i) => xi - h * u[i]!));
    return Math.abs(along - (ahead - behind) / (2 * h)) / size;
  });
  return Math.min(...errors);
}

for (const [k, problem] of problems.entries()) {
  test(`${problem.name}: the gradient is the central differences' at random points and dimensions`, () => {
    for (let draw = 0; draw < 3; draw++) {
      const seed = 1000 * k + draw;
      const d = someDimension(problem, seed);
      const x = problem
        .start(d)
        .map((xi, i) => xi + 0.1 * (1 + Math.abs(xi)) * (2 * uniform(seed, i + 1) - 1));
      const u = Float64Array.from({ length: d }, (_, i) => normal(seed, 10_000 + i));
      const length = Math.sqrt(u.reduce((sum, ui) => sum + ui * ui, 0));
      const error = differenceError(
        problem,
        x,
        u.map((ui) => ui / length),
      );
      if (!(error <= 1e-6)) assert.fail(`d = ${d}, seed ${seed}: off by ${error} of |g|`);
    }
  });

  test(`${problem.name}: starts are fresh, values leave x alone, NaN gives NaN, impossible dimensions are refused`, () => {
    const d = Math.min(...problem.dimensions);
    for (const start of [problem.start, ...Object.values(problem.otherStarts ?? {})]) {
      const x = start(d);
      const before = x.slice();
      assert.equal(x.length, d);
      assert.ok(Number.isFinite(problem.value(x)));
      assert.equal(problem.gradient(x).length, d);
      assert.deepEqual(x, before);
      x.fill(7);
      assert.deepEqual(start(d), before);
    }
    assert.ok(Number.isNaN(problem.value(new Float64Array(d).fill(Number.NaN))));
    for (const possible of problem.dimensions) assert.equal(problem.refuses?.(possible), undefined);
    for (const impossible of [0, -1, 2.5, Number.NaN, Infinity]) {
      assert.match(problem.refuses?.(impossible) ?? "", /dimension must be .*; got /);
    }
  });
}

test("names are unique and in capitals; the paper's seven come at the paper's dimensions, the benchmark's 53 in order", () => {
  const names = problems.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(
    names,
    names.map((name) => name.toUpperCase()),
  );
  assert.deepEqual(
    paperProblems.map(({ name, dimensions }) => [name, dimensions[0]]),
    [
      ["ARGTRIGLS", 200],
      ["CHNROSNB", 50],
      ["COATING", 134],
      ["MANCINO", 100],
      ["BOXPOWER", 1000],
      ["SROSENBR", 500],
      ["BROYDNBDLS", 50],
    ],
  );
  assert.deepEqual([moreWild.length, moreWild[0]!.name, moreWild[52]!.name], [53, "MW-01", "MW-53"]);
});

test("a problem is found by its name in any case, and the error for a wrong one says what came and what is near", () => {
  for (const problem of problems) assert.equal(problemNamed(problem.name.toLowerCase()), problem);
  const near: readonly (readonly [string, string])[] = [
    ["SROSENBROCK", "SROSENBR"],
    ["srosnbr", "SROSENBR"],
    ["DIXMAANA", "DIXMAANA1"],
    ["boxpwr", "BOXPOWER"],
    ["mw1", "MW-1"],
  ];
  for (const [wrong, right] of near) {
    assert.throws(
      () => problemNamed(wrong),
      (error: unknown) =>
        error instanceof RelizoError &&
        error.code === "OPTION" &&
        error.message.includes(JSON.stringify(wrong)) &&
        error.message.includes(right),
      `${wrong} is near ${right}`,
    );
  }
  assert.throws(
    () => problemNamed("x".repeat(1_000_000)),
    (error: unknown) => error instanceof RelizoError && error.message.length < 300,
  );
});

test("a refusal says which dimensions are possible and which came", () => {
  assert.equal(
    problemNamed("SROSENBR").refuses?.(5),
    "the dimension must be a multiple of 2, 2 or more; got 5.",
  );
  assert.equal(problemNamed("COATING").refuses?.(10), "the dimension must be 134; got 10.");
  assert.equal(
    problemNamed("CHNROSNB").refuses?.(51),
    "the dimension must be a whole number from 2 to 50; got 51.",
  );
  assert.equal(problemNamed("FMINSURF").refuses?.(8), "the dimension must be a square, 4 or more; got 8.");
});
