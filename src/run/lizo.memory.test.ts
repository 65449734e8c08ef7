/** What LIZO holds beside the parameters: x and n + 2 vectors, however long it runs and whatever fails. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { slopes } from "../reuse/slopes.ts";
import { LIZO } from "./lizo.ts";
import type { LizoOptions } from "./lizo-options.ts";

const D = 1000;
const N = 6;

const CASES: readonly (readonly [string, rows: number, Partial<LizoOptions>])[] = [
  ["fresh samples", N + 2, { orthogonalSample: false }],
  ["orthogonal samples", N + 2, {}],
  ["reuse", N + 2, { orthogonalSample: false, reuseDistanceBound: { steps: 3 }, maxReuseRate: 0.9 }],
  [
    "at right angles to nearly dependent reused rows",
    N + 2,
    { reuseDistanceBound: Infinity, maxReuseRate: 0.9 },
  ],
  ["a line search", N + 2, { lineSearchFn: "backtracking", orthogonalSample: false }],
  ["decay", N + 2, { weightDecay: 0.1, orthogonalSample: false }],
  ["slopes", N + 12 + 2, { reuse: slopes(), orthogonalSample: false }],
  ["slopes at right angles", N + 12 + 2, { reuse: slopes() }],
  ["momentum", N + 3, { sampleMomentum: 0.1, orthogonalSample: false }],
];

let made = 0;

/** Counts every array that is as long as the parameters, copies included: a method keeps the class of what it copies. */
class Counted64 extends Float64Array {
  constructor(length: number) {
    super(length);
    if (length === D) made++;
  }
}
class Counted32 extends Float32Array {
  constructor(length: number) {
    super(length);
    if (length === D) made++;
  }
}

/** Runs with the counting classes in place of the language's. */
function counting(run: () => void): number {
  const own = { Float64Array, Float32Array };
  Object.assign(globalThis, { Float64Array: Counted64, Float32Array: Counted32 });
  made = 0;
  try {
    run();
  } finally {
    Object.assign(globalThis, own);
  }
  return made;
}

for (const Counted of [Counted64, Counted32])
  for (const [what, rows, own] of CASES)
    test(`${Object.getPrototypeOf(Counted).name}, ${what}: ${rows} vectors and x serve for ever`, () => {
      const x = new Counted(D).fill(1);
      let called = 0;
      const f = (): number => {
        called++;
        if (called % 17 === 5) return Number.NaN;
        if (called === 20 || called === 31) throw new Error("no memory");
        let sum = 0;
        for (let i = 0; i < D; i++) sum += (1 + (i % 7)) * x[i]! * x[i]!;
        return sum;
      };
      const vectors = counting(() => {
        const lizo = new LIZO(x, { lr: 0.001, sampleNorm: 1e-3, numSamplePerStep: N, ...own });
        for (let k = 0; k < 30; k++) {
          if (k % 8 === 7) x[0]! += 1; // the history is forgotten
          try {
            lizo.step(f);
          } catch (error) {
            assert.ok(error instanceof Error && error.message === "no memory", String(error));
          }
        }
      });
      assert.ok(vectors > N, `only ${vectors} were counted`);
      assert.ok(vectors <= rows + 1, `${vectors} vectors were made`);
    });
