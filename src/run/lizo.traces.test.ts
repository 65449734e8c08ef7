import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { dataFolder } from "../../test/data-folder.ts";
import { LIZO } from "./lizo.ts";
import type { LizoOptions } from "./lizo-options.ts";

interface Trace {
  readonly name: string;
  readonly problem: string;
  readonly options: {
    readonly lr: number;
    readonly weight_decay?: number;
    readonly num_sample_per_step: number;
    readonly sample_norm: number;
    readonly sample_momentum?: number;
    readonly reuse_distance_bound: number;
    readonly max_reuse_rate?: number;
    readonly orthogonal_sample: boolean;
    readonly strict_lr?: boolean;
    readonly fast_alg?: boolean;
    readonly line_search: "backtracking" | null;
  };
  readonly x0: readonly number[];
  readonly steps: readonly {
    readonly objective: number;
    readonly reused: number;
    readonly noise: readonly (readonly (readonly number[])[])[];
    readonly learningRate: number;
    readonly x: readonly number[];
    readonly queries: number;
  }[];
}

/** The objectives of the traces, as their README states them. */
const OBJECTIVES: Readonly<Record<string, (x: Float64Array) => number>> = {
  sphere: (x) => sum(x.length, (i) => x[i]! ** 2),
  chained_rosenbrock: (x) => sum(x.length - 1, (i) => 100 * (x[i + 1]! - x[i]! ** 2) ** 2 + (1 - x[i]!) ** 2),
  SROSENBR: (x) =>
    sum(x.length / 2, (i) => 100 * (x[2 * i + 1]! - x[2 * i]! ** 2) ** 2 + (1 - x[2 * i]!) ** 2),
  quadratic_1e3: (x) => 0.5 * sum(x.length, (i) => 1000 ** (i / (x.length - 1)) * x[i]! ** 2),
  ARWHEAD: (x) => sum(x.length - 1, (i) => (x[i]! ** 2 + x.at(-1)! ** 2) ** 2 - 4 * x[i]! + 3),
  trigonometric: (x) => {
    const cosines = sum(x.length, (j) => Math.cos(x[j]!));
    return sum(
      x.length,
      (i) => (x.length - cosines + (i + 1) * (1 - Math.cos(x[i]!)) - Math.sin(x[i]!)) ** 2,
    );
  },
};

function sum(n: number, term: (i: number) => number): number {
  let total = 0;
  for (let i = 0; i < n; i++) total += term(i);
  return total;
}

/** Rows that only `compatibility: "reference"` reproduces, and why. */
const NEEDS_REFERENCE: Readonly<Record<string, string>> = {
  "line-search": "its acceptance test lets f rise, and f(x) is asked again after an accepted trial",
  orthogonal:
    "its orthogonal displacements have length sampleNorm / sqrt(rows) in place of sampleNorm sqrt(d)",
};

const folder = dataFolder();
const file = folder && join(folder, "reference-traces", "relizo-traces.json");
const skip = file && existsSync(file) ? false : "the reference traces are not there; see docs/data.md";
const traces: readonly Trace[] = skip || !file ? [] : JSON.parse(readFileSync(file, "utf8")).traces;

test("there are traces to hold against", { skip }, () => assert.ok(traces.length >= 9));

for (const trace of traces)
  test(`golden trace ${trace.name}, reference`, () => assert.equal(deviation(trace, "reference"), undefined));

for (const trace of traces)
  test(`golden trace ${trace.name}, corrected`, () => {
    const found = deviation(trace, "corrected");
    if (trace.name in NEEDS_REFERENCE) assert.notEqual(found, undefined, "the correction changed nothing");
    else assert.equal(found, undefined);
  });

/** The first place where our run parts from the trace, or undefined. */
function deviation(trace: Trace, compatibility: LizoOptions["compatibility"]): string | undefined {
  const x = Float64Array.from(trace.x0);
  const draws = trace.steps.flatMap((step) => step.noise);
  const o = trace.options;
  const lizo = new LIZO(x, {
    lr: o.lr,
    weightDecay: o.weight_decay,
    numSamplePerStep: o.num_sample_per_step,
    sampleNorm: o.sample_norm,
    sampleMomentum: o.sample_momentum,
    reuseDistanceBound: o.reuse_distance_bound,
    maxReuseRate: o.max_reuse_rate,
    orthogonalSample: o.orthogonal_sample,
    strictLr: o.strict_lr,
    fastAlg: o.fast_alg,
    lineSearchFn: o.line_search,
    noise: (rows) => Float64Array.from(draws.shift()?.slice(0, rows).flat() ?? []),
    compatibility,
  } as Partial<LizoOptions>);
  const objective = OBJECTIVES[trace.problem]!;
  let called = 0;
  for (const [k, step] of trace.steps.entries()) {
    const value = lizo.step(() => {
      called++;
      return objective(x);
    });
    const checks: readonly (readonly [string, number, number, number])[] = [
      ["objective", value, step.objective, 1e-5],
      ["reused", lizo.numReuse[k]!, step.reused, 0],
      ["learning rate", lizo.lastLr, step.learningRate, 1e-5],
      ["queries", lizo.numQueries, step.queries, 0],
      ["calls", called, step.queries, 0],
      ...step.x.map((expected, i) => [`x[${i}]`, x[i]!, expected, 1e-5] as const),
    ];
    for (const [what, ours, theirs, tolerance] of checks) {
      const floor = what.startsWith("x") ? 1e-6 : Number.MIN_VALUE;
      if (!(Math.abs(ours - theirs) <= tolerance * Math.max(Math.abs(theirs), floor)))
        return `step ${k}, ${what}: ${ours} in place of ${theirs}`;
    }
  }
  return undefined;
}
