/**
 * The defects of the published optimizer, each shown twice: its arithmetic has it, ours has not. Its arithmetic is
 * `compatibility: "reference"`, which golden traces hold to the published code, or some lines here that say the same.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LIZO, type LizoOptions, minimize, RelizoError, relizo } from "../src/index.ts";
import { expectSame } from "./expect-close.ts";

const REFERENCE = { compatibility: "reference" } as const;

/** Steps a LIZO, and says where each query was asked and what it answered. */
function steps(
  x: Float64Array,
  count: number,
  options: Partial<LizoOptions>,
  f: (x: Float64Array, query: number) => number,
): { readonly lizo: LIZO; readonly queries: readonly { readonly x: Float64Array; readonly step: number }[] } {
  const lizo = new LIZO(x, options);
  const queries: { x: Float64Array; step: number }[] = [];
  for (let step = 0; step < count; step++)
    lizo.step(() => {
      queries.push({ x: x.slice(), step });
      return f(x, queries.length - 1);
    });
  return { lizo, queries };
}

const distance = (a: Float64Array, b: Float64Array): number => Math.hypot(...a.map((v, i) => v - b[i]!));

test("1: its line search accepts a step that raises f; ours never does", () => {
  // f = x^2 at 1: the step of lr = 1.04 ends at -1.08, where f is 1.166 <= 1 + 0.1 * 1.04 * 2.
  const after = (own: Partial<LizoOptions>): number => {
    const x = Float64Array.of(1);
    steps(x, 1, { lr: 1.04, lineSearchFn: "backtracking", numSamplePerStep: 1, ...own }, ([v]) => v! * v!);
    return x[0]! ** 2;
  };
  assert.ok(after(REFERENCE) > 1.16, "the defect is gone from the reference");
  assert.ok(after({}) < 1);
});

test("2: where no trial passes it moves all the same, to a point it never asked; ours stays", () => {
  const moved = (own: Partial<LizoOptions>): { by: number; asked: boolean } => {
    const x = Float64Array.of(1, 2);
    const start = x.slice();
    const walls = (v: Float64Array): number => v[0]! + v[1]! + (distance(v, start) > 1e-4 ? 1e30 : 0);
    // From 1e9 on, ten trials of a fifth each, or twelve of a tenth, end beyond the wall.
    const { queries } = steps(x, 1, { lr: 1e9, lineSearchFn: "backtracking", ...own }, walls);
    return { by: distance(x, start), asked: queries.some((query) => distance(query.x, x) === 0) };
  };
  const reference = moved(REFERENCE);
  assert.ok(reference.by > 0 && !reference.asked, "the defect is gone from the reference");
  assert.equal(moved({}).by, 0);
});

test("3: it throws the accepted value away and asks f there again; ours asks no point twice", () => {
  const twice = (own: Partial<LizoOptions>): number => {
    const x = Float64Array.of(1, -2, 3);
    const options = { lr: 0.05, lineSearchFn: "backtracking", numSamplePerStep: 3, ...own } as const;
    const { queries } = steps(x, 6, options, (v) => v.reduce((sum, vi, i) => sum + (i + 1) * vi * vi, 0));
    return queries.length - new Set(queries.map((query) => query.x.join())).size;
  };
  assert.equal(twice(REFERENCE), 5, "the defect is gone from the reference");
  assert.equal(twice({}), 0);
});

test("4: its reuse bound is a distance, so reuse depends on the units of f; ours counts steps", () => {
  // f in other units with lr to match is the same walk, point for point: 2^10 f, 2^-10 lr.
  const reused = (
    own: Partial<LizoOptions>,
    units: number,
  ): { reused: readonly number[]; x: Float64Array } => {
    const x = Float64Array.of(1, -2, 3, 1, 2, -1);
    const lr = 2 ** -6 / units;
    const options = { lr, numSamplePerStep: 4, maxReuseRate: 0.5, orthogonalSample: false, ...own };
    const f = (v: Float64Array): number => units * v.reduce((sum, vi, i) => sum + (i + 1) * vi * vi, 0);
    const { lizo } = steps(x, 8, options, f);
    return { reused: lizo.numReuse, x };
  };
  const published = (units: number): readonly number[] =>
    reused({ ...REFERENCE, reuseDistanceBound: (2 * 2 ** -6) / units }, units).reused; // 2 lr, as published
  assert.notDeepEqual(published(2 ** -10), published(2 ** 10), "the defect is gone from the reference");
  const ours = (units: number): ReturnType<typeof reused> =>
    reused({ reuseDistanceBound: { steps: 3 } }, units);
  assert.deepEqual(ours(2 ** -10), ours(2 ** 10));
  assert.ok(Math.max(...ours(1).reused) > 0);
});

test("5: its orthogonal samples are sqrt(n d) times shorter than the others; ours have one length", () => {
  const radius = (own: Partial<LizoOptions>): number => {
    const [d, n] = [400, 4];
    const x = new Float64Array(d);
    const { queries } = steps(x, 1, { sampleNorm: 0.01, numSamplePerStep: n, ...own }, () => 1);
    const lengths = queries.slice(1).map((query) => distance(query.x, new Float64Array(d)));
    assert.equal(lengths.length, n);
    return Math.sqrt(lengths.reduce((sum, length) => sum + length * length, 0) / n / d); // of one entry
  };
  const plain = radius({ orthogonalSample: false });
  assert.ok(Math.abs(plain / 0.01 - 1) < 6 / Math.sqrt(2 * 1600), "a mean of 1600 squares");
  assert.ok(Math.abs(radius({ ...REFERENCE, orthogonalSample: true }) * Math.sqrt(4 * 400) - 0.01) < 1e-14);
  assert.ok(Math.abs(radius({ orthogonalSample: true }) / 0.01 - 1) < 1e-12);
});

test("6: with maxReuse 1, its default, it looks nowhere new and freezes; ours always draws one afresh", () => {
  const run = (own: Partial<LizoOptions>): { end: number; fresh: readonly number[] } => {
    const x = Float64Array.from({ length: 20 }, (_, i) => (i % 2 ? 1 : -1));
    const options = { lr: 0.01, numSamplePerStep: 4, reuseDistanceBound: Infinity, ...own };
    const f = (v: Float64Array): number => v.reduce((sum, vi, i) => sum + (1 + i) * vi * vi, 0);
    const { queries } = steps(x, 150, options, f);
    const counts = Array.from(
      { length: 150 },
      (_, k) => queries.filter((query) => query.step === k).length - 1,
    );
    return { end: f(x), fresh: counts.slice(1) };
  };
  const [reference, ours] = [run(REFERENCE), run({})];
  assert.ok(
    reference.fresh.every((count) => count === 0),
    "the defect is gone from the reference",
  );
  assert.ok(reference.end > 150, `the reference ended at ${reference.end} of 210`);
  assert.ok(ours.fresh.every((count) => count >= 1));
  assert.ok(ours.end < 0.5 * reference.end, `ours ended at ${ours.end}`);
});

test("7: it subtracts values of different minibatches; ours, told their names, does not", () => {
  const end = (constant: number, named: boolean, own: Partial<LizoOptions>): Float64Array => {
    const x = Float64Array.of(1, -2, 3, 1);
    const lizo = new LIZO(x, {
      lr: 2 ** -6,
      sampleNorm: 0.01,
      numSamplePerStep: 4,
      maxReuseRate: 0.5,
      reuseDistanceBound: 10,
      orthogonalSample: false,
      ...own,
    });
    const f = (): number =>
      Math.round(x.reduce((sum, vi, i) => sum + (i + 1) * vi * vi, 0) * 2 ** 30) / 2 ** 30;
    for (let k = 0; k < 20; k++) lizo.step(() => f() + constant * (k % 2), named ? { batch: k % 2 } : {});
    return x;
  };
  assert.ok(distance(end(1024, false, REFERENCE), end(0, false, REFERENCE)) > 1, "the defect is gone");
  expectSame(end(1024, true, {}), end(0, true, {}));
});

test("8: one NaN costs it the turn and the history, and it says nothing; ours leaves the sample out", async () => {
  const run = (own: Partial<LizoOptions>): { moved: number; after: number } => {
    const x = Float64Array.of(1, -2, 3, 1);
    const options = {
      lr: 2 ** -6,
      numSamplePerStep: 4,
      maxReuseRate: 0.5,
      reuseDistanceBound: 10,
      orthogonalSample: false,
      ...own,
    };
    const lizo = new LIZO(x, options);
    const f = (): number => x.reduce((sum, vi, i) => sum + (i + 1) * vi * vi, 0);
    for (let k = 0; k < 3; k++) lizo.step(f);
    const before = x.slice();
    let called = 0;
    lizo.step(() => (called++ === 1 ? Number.NaN : f())); // the first fresh sample fails
    const moved = distance(x, before);
    lizo.step(f);
    return { moved, after: lizo.numReuse.at(-1)! };
  };
  const [reference, ours] = [run(REFERENCE), run({})];
  assert.deepEqual(reference, { moved: 0, after: 0 }, "the defect is gone from the reference");
  assert.ok(ours.moved > 0 && ours.after > 0);
  const solution = await minimize(() => Number.NaN, [1, 2], { method: relizo() });
  assert.equal(solution.outcome, "failed");
  assert.match(solution.message, /The last turns gave no finite value/);
});

test("9: one group, no seed, no reset, prints as it goes: ours has groups, seeds, states, and is silent", () => {
  // This one is of the interface: there is no arithmetic of the reference to run.
  const printed: unknown[] = [];
  const { stdout, stderr } = process;
  const [out, err] = [stdout.write, stderr.write];
  const record = (text: unknown): boolean => printed.push(text) > 0;
  Object.assign(stdout, { write: record });
  Object.assign(stderr, { write: record });
  try {
    const [a, b] = [Float64Array.of(1, 2), Float64Array.of(3)];
    const f = (): number => a[0]! ** 2 + a[1]! ** 2 + b[0]! ** 2;
    const groups = [
      { parameters: a, lr: 0.1 },
      { parameters: b, lr: 0.01 },
    ];
    const options = { seed: 5, numSamplePerStep: 3, reuseDistanceBound: 9, maxReuseRate: 0.5 };
    const lizo = new LIZO(groups, options);
    const start = { state: lizo.stateDict(), a: a.slice(), b: b.slice() };
    const run = (): number[] => {
      for (let k = 0; k < 5; k++) lizo.step(f);
      return [...a, ...b];
    };
    const first = run();
    a.set(start.a);
    b.set(start.b);
    lizo.loadStateDict(start.state); // a reset
    expectSame(run(), first);
    assert.throws(() => lizo.step(() => JSON.parse("null")), RelizoError);
  } finally {
    Object.assign(stdout, { write: out });
    Object.assign(stderr, { write: err });
  }
  assert.deepEqual(printed, []);
});
