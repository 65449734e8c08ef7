/** The memory that `LIZO` holds beyond the parameters, at its peak within a step, in vectors of their length and precision. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { LIZO, type LizoOptions, type Parameters, uniforms } from "../src/index.ts";

interface Case {
  readonly options: Partial<LizoOptions>;
  /** Default: one Float32Array. */
  readonly parameters?: (d: number) => Parameters;
}

const half = { reuseDistanceBound: 1e9, maxReuseRate: 0.5 };
const split = (d: number): Float32Array[] => [new Float32Array(d / 4), new Float32Array((3 * d) / 4)];

const CASES: Readonly<Record<string, Case>> = {
  "no reuse": { options: { orthogonalSample: false } },
  "reuse 50 %": { options: { ...half, orthogonalSample: false } },
  "all reused but one": { options: { reuseDistanceBound: 1e9, orthogonalSample: false } },
  orthogonal: { options: {} },
  "orthogonal, reuse 50 %": { options: half },
  "line search": { options: { ...half, orthogonalSample: false, lineSearchFn: "backtracking" } },
  momentum: { options: { ...half, orthogonalSample: false, sampleMomentum: 0.5 } },
  "two arrays": { options: { ...half, orthogonalSample: false }, parameters: split },
  "two groups, decay": {
    options: { ...half, orthogonalSample: false, weightDecay: 1e-3 },
    parameters: (d) => split(d).map((parameters, i) => ({ parameters, lr: 1e-12 * (i + 1) })),
  },
};

/** Prints the peak of each kind of step against n + 4 vectors. */
export async function printMemory(n: number, d: number): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  peak({ options: {} }, n, n); // makes the tables of the random numbers, once for all
  const table: Record<string, Record<string, number | boolean>> = {};
  for (const [name, one] of Object.entries(CASES)) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 50)); // array buffers are freed by another thread
    const vectors = peak(one, n, d);
    table[name] = { vectors: Number(vectors.toFixed(2)), allowed: n + 4, met: vectors <= n + 4 };
  }
  console.log(`\nMemory beyond the parameters, in vectors of d = ${d} float32 numbers (${4 * d} bytes)`);
  console.table(table);
}

/** The largest growth of all array buffers, seen from inside the objective and after each step; garbage counts. */
function peak({ options, parameters }: Case, n: number, d: number): number {
  const values = uniforms({ seed: 42, step: 0 }, 0, 4096);
  const x = parameters?.(d) ?? new Float32Array(d);
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  let calls = 0;
  const look = (): void => {
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  };
  const lizo = new LIZO(x, { lr: 1e-12, numSamplePerStep: n, sampleNorm: 1e-5, seed: 1, ...options });
  for (let step = 0; step < 12; step++) {
    lizo.step(() => {
      look();
      return values[++calls & 4095]!;
    });
    look();
  }
  return most / (4 * d);
}
