/** Groups and weight decay over seeds: the dense run along the same directions, to rounding, in one vector more. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { expectClose } from "../../test/expect-close.ts";
import { lowRankDirection } from "../../test/low-rank-reference.ts";
import { Parameters } from "../parameters/parameters.ts";
import type { ParameterGroup } from "../point/packing.ts";
import { fillDirections } from "../sample/directions.ts";
import { keyOf } from "../sample/stream.ts";
import { decode, encode } from "./checkpoint.ts";
import { type Backend, openKernels, type SeededOptions } from "./kernels.ts";
import { LIZO } from "./lizo.ts";
import type { LizoOptions } from "./lizo-options.ts";
import type { LizoState } from "./lizo-state.ts";

const SHAPES = { a: [30, 20], b: [25], c: [8, 5, 5], d: [400] };
const D = 600 + 25 + 200 + 400;
const LOW_RANK = { rank: 1, lazy: 3 };
const BASE = { seed: 4, sampleNorm: 1e-3, numSamplePerStep: 6, orthogonalSample: false, lr: 0.05 } as const;
type Directions = SeededOptions["directions"];

function model(): Parameters {
  const made = Parameters.zeros(SHAPES);
  for (const array of made.arrays) array.set(array.map((_, i) => 0.1 * Math.sin(i)));
  return made;
}

const flat = (parameters: Parameters): Float32Array => parameters.flat!.slice();

function bowl(x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (1 + (i % 3)) * (x[i]! - 0.05) ** 2;
  return sum;
}

/** Groups in the order of the names, so that a dense run sees the same flat vector. */
const grouped = (all: Parameters): readonly ParameterGroup[] => [
  { parameters: all.select(["a", "b"]), weightDecay: 0 },
  { parameters: all.select("c"), lr: 0.01, weightDecay: 0.5 },
  { parameters: all.get("d").data, lr: 0.08 },
];

function written(directions: Directions, step: number, rows: number): number[] {
  if (directions === "low-rank")
    return Array.from({ length: rows }, (_, row) => [...lowRankDirection(Object.values(SHAPES), LOW_RANK, keyOf({ seed: BASE.seed, step }, row))]).flat(); // biome-ignore format: one line
  const made = Array.from({ length: rows }, () => new Float64Array(D));
  fillDirections(made, { seed: BASE.seed, step }, { kind: directions, scale: 1 });
  return made.flatMap((row) => [...row]);
}

async function spaceOf(directions: Directions, backend: Backend, copy: boolean) {
  const own = directions === "low-rank" ? LOW_RANK : {};
  return (await openKernels({ prefer: [backend] })).seeded({ directions, copy, ...own });
}

const RUNS: Readonly<Record<string, Partial<LizoOptions>>> = {
  "fixed steps": {},
  "a line search": { lineSearchFn: "backtracking" },
  "samples reused": { reuseDistanceBound: { steps: 5 }, maxReuseRate: 0.7, strictLr: true, lr: 0.01 },
  "momentum of samples": { sampleMomentum: 0.2 },
};

for (const directions of ["rademacher", "gaussian", "low-rank"] as const)
  for (const [name, own] of Object.entries(RUNS))
    test(`groups and decay, ${directions}, ${name}: the dense run to rounding; on every backend, in place and resumed the same bits`, async () => {
      const drive = (make: (all: Parameters) => LIZO, resumeAt = -1) => {
        const all = model();
        let lizo = make(all);
        const values: number[] = [];
        for (let k = 0; k < 12; k++) {
          if (k === resumeAt) {
            const stored = encode(lizo.stateDict());
            lizo = make(all);
            lizo.loadStateDict(decode<LizoState>(stored));
          }
          if (k === 6) lizo.groups[0]!.weightDecay = 0.3;
          values.push(lizo.step(() => bowl(flat(all))));
        }
        return { values, x: flat(all) };
      };
      const options = { ...BASE, weightDecay: 0.2, ...own };
      const run = async (backend: Backend, copy: boolean, resumeAt?: number) => {
        const space = await spaceOf(directions, backend, copy);
        return drive((all) => new LIZO(grouped(all), { ...options, space }), resumeAt);
      };
      const found = await run("js", true);
      assert.deepEqual(await run("wasm", true), found);
      assert.deepEqual(await run("wasm", false), found);
      assert.deepEqual(await run("wasm", true, 5), found);
      let lizo: LIZO | undefined;
      const expected = drive((all) => {
        const noise = (rows: number): Float64Array =>
          Float64Array.from(written(directions, lizo!.numReuse.length, rows), (z) => BASE.sampleNorm * z);
        lizo = new LIZO(grouped(all), { ...options, noise });
        return lizo;
      });
      expectClose(found.values, expected.values, 1e-3 * expected.values[0]!); // float32 rounds x + dx
      expectClose(found.x, expected.x, 2e-4);
      assert.ok(found.values.at(-1)! < 0.99 * found.values[0]!, `${found.values}`);
    });

test("weight decay takes one vector more, and with samples reused never more than there are samples and two", async () => {
  const own = Float32Array;
  const count = async (more: Partial<LizoOptions>): Promise<number> => {
    const kernels = await openKernels({ prefer: ["js"] });
    const x = new Float32Array(D).fill(0.3);
    let made = 0;
    const counting = new Proxy(own, {
      construct(target, lengths) {
        if (lengths[0] === D) made++;
        return Reflect.construct(target, lengths);
      },
    });
    Object.assign(globalThis, { Float32Array: counting });
    try {
      const space = kernels.seeded({ copy: false });
      const lizo = new LIZO(x, { ...BASE, weightDecay: 0.1, ...more, space });
      for (let k = 0; k < 40; k++) lizo.step(() => bowl(x));
      return made;
    } finally {
      Object.assign(globalThis, { Float32Array: own });
    }
  };
  assert.equal(await count({}), 1);
  assert.equal(await count({ lineSearchFn: "backtracking" }), 1);
  assert.equal(await count({ sampleMomentum: 0.1 }), 2);
  const reused = await count({ reuseDistanceBound: Infinity, maxReuseRate: 0.9, strictLr: true, lr: 1e-3 });
  assert.ok(reused > 2 && reused <= BASE.numSamplePerStep + 2, `${reused} vectors`);
});
