/** A run is its scalars: 200 steps ask for the same values, reuse as much and end at the same bits, whatever computes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LIZO, type LizoOptions, slopes } from "../../src/index.ts";
import { Parameters } from "../../src/parameters/index.ts";
import { type Backend, openKernels, type SeededOptions } from "../../src/run/kernels.ts";

const STEPS = 200;
const BACKENDS: readonly Backend[] = ["js", "wasm"];

const RUNS: Readonly<Record<string, Partial<LizoOptions>>> = {
  "values reused": { reuseDistanceBound: { steps: 3 }, maxReuseRate: 0.5, strictLr: true, lr: 0.01 },
  "slopes reused": { reuse: slopes(), strictLr: true, lr: 0.01 },
  "slopes reused, a line search": { reuse: slopes(), lineSearchFn: "backtracking", lr: 0.05 },
};

interface Journal {
  readonly values: readonly number[];
  readonly lengths: readonly number[];
  readonly reused: readonly number[];
  readonly x: Float32Array;
}

async function journal(
  backend: Backend,
  options: Partial<SeededOptions>,
  own: Partial<LizoOptions>,
): Promise<Journal> {
  const model = Parameters.from({
    matrix: { shape: [40, 30], data: Float32Array.from({ length: 1200 }, (_, i) => 0.1 * Math.sin(i)) },
    bias: { shape: [333], data: new Float32Array(333) },
  });
  const space = (await openKernels({ prefer: [backend] })).seeded(options);
  const lizo = new LIZO(model, { seed: 9, sampleNorm: 1e-3, numSamplePerStep: 6, ...own, space });
  const values: number[] = [];
  const lengths: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    lizo.step(() => {
      let sum = 0;
      for (const part of model.arrays)
        for (let i = 0; i < part.length; i++) sum += (1 + (i % 3)) * (part[i]! - 0.05) ** 2;
      values.push(sum);
      return sum;
    });
    lengths.push(lizo.lastLr);
  }
  return {
    values,
    lengths,
    reused: lizo.numReuse,
    x: Float32Array.from(model.arrays.flatMap((part) => [...part])),
  };
}

for (const directions of ["rademacher", "gaussian", "low-rank"] as const)
  for (const [name, own] of Object.entries(RUNS))
    test(`${directions}, ${name}: ${BACKENDS.join(" and ")} keep one journal over ${STEPS} steps`, async () => {
      const [first, ...others] = await Promise.all(
        BACKENDS.map((backend) => journal(backend, { directions }, own)),
      );
      assert.equal(first!.lengths.length, STEPS);
      assert.ok(first!.reused.some((count) => count > 0));
      assert.ok(
        first!.values.at(-1)! < 0.9 * first!.values[0]!,
        `${first!.values[0]} to ${first!.values.at(-1)}`,
      );
      for (const other of others) assert.deepEqual(other, first);
    });
