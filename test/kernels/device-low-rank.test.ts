/** Directions of low rank over GPU buffers: those of the host, their factors every bit of them, and the same runs within rounding. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  decode,
  encode,
  LIZO,
  type LizoOptions,
  type LizoState,
  type Method,
  mezo,
  prgf,
  relizo,
  slopes,
  zoSgd,
} from "../../src/index.ts";
import { type DeviceSeeds, jsSeeds } from "../../src/kernel/index.ts";
import type { Term } from "../../src/kernel/kernels.ts";
import type { Seed } from "../../src/kernel/seeds.ts";
import { Parameters } from "../../src/parameters/index.ts";
import { packDevice } from "../../src/point/device.ts";
import { openKernels, type Uploaded } from "../../src/run/kernels.ts";
import { keyOf } from "../../src/sample/stream.ts";
import type { DeviceDirections } from "../../src/space/device-directions.ts";
import { deviceLowRank } from "../../src/space/device-low-rank.ts";
import { lowRank } from "../../src/space/low-rank.ts";
import type { SeededDirections } from "../../src/space/seeded-directions.ts";
import { expectClose, expectSame, gamma } from "../expect-close.ts";
import { flat, parameters } from "../low-rank-parameters.ts";
import { backends } from "./backends.ts";

const { device, skip } = (await backends()).find(({ name }) => name === "webgpu")!;

const X = flat(parameters());
const D = X.length;

const seed = (row: number, step = 0): Seed => keyOf({ seed: 2 ** 45 + 3, step }, row);
/** Two rows of a step, two later steps with the same V, one with another. */
const SEEDS = [seed(0), seed(1), seed(0, 1), seed(5, 2), seed(0, 3)];
/** Of a float32 sum that may be rounded either way. */
const ROUNDOFF = 2 ** -23;

/** The same directions here and there, over all tensors or matrices alone. */
function both(
  kernels: DeviceSeeds,
  tensors: Uploaded["tensors"],
  rank: number,
): { readonly here: SeededDirections; readonly there: DeviceDirections } {
  const pieces = packDevice("test", tensors);
  const options = { rank, lazy: 3 };
  const parts = pieces.map((piece) => ({ array: piece, begin: piece.begin, shape: piece.shape }));
  return { here: lowRank(parts, options, jsSeeds), there: deviceLowRank(pieces, options, kernels) };
}

/** On the device of the suite, which outlives them. */
const kernels = device && (await openKernels({ prefer: ["webgpu"], device: device.device }));
after(() => {
  kernels?.close();
  assert.equal(kernels?.seeds.live ?? 0, 0);
});

test("of rank 1, where an entry is one product, every bit of a direction is that of the host's", {
  skip,
}, async () => {
  const { tensors } = kernels!.upload(parameters());
  const { here, there } = both(kernels!.seeds, tensors, 1);
  const out = kernels!.seeds.vector(D);
  for (const z of SEEDS) {
    const expected = new Float32Array(D);
    here.sum([[1, z]]).add(expected, expected, 0);
    kernels!.seeds.clear(out);
    there.add(out, out, [[1, z]]);
    expectSame(await kernels!.seeds.download(out), expected);
  }
});

for (const rank of [1, 2, 5]) {
  test(`rank ${rank}: sums of directions, and their products with vectors, within the bounds of float32`, {
    skip,
  }, async () => {
    const { tensors } = kernels!.upload(parameters());
    const { here, there } = both(kernels!.seeds, tensors, rank);
    const terms = SEEDS.map((z, i): Term<Seed> => [[0.3, -1, 2e-3, 5, 0.7][i]!, z]);
    const kept = Float32Array.from({ length: D }, (_, i) => Math.cos(i));
    const [out, stored] = [kernels!.seeds.vector(D), kernels!.seeds.vector(D)];
    kernels!.seeds.upload(stored, kept);
    // Every number that goes into an entry is below 4.4^2 sqrt(rank) sum |c|; either side rounds some 5 rank + 8 of them.
    const size = 20 * Math.sqrt(rank) * terms.reduce((sum, [c]) => sum + Math.abs(c), 1);
    const live = kernels!.seeds.live;
    for (const own of [[0.25, stored] as const, undefined]) {
      const expected = new Float32Array(D);
      here.sum(terms).add(expected, X, 0, own && [0.25, kept]);
      there.add(out, tensors, terms, own);
      expectClose(await kernels!.seeds.download(out), expected, 2 * gamma(5 * rank + 8, ROUNDOFF) * size);
    }
    there.add(tensors, tensors, [], [1, stored]); // no seeds
    expectSame(await kernels!.seeds.download(tensors), X.map((x, i) => x + kept[i]!)); // biome-ignore format: one line
    const alike = here.along(SEEDS, kept);
    // An entry is below 4.4^2 sqrt(rank), after 2 rank + 2 roundings; then come those of `dot`.
    const most = gamma(2 * rank + 2 + 81, ROUNDOFF) * 20 * Math.sqrt(rank) * D;
    expectClose(await there.along(SEEDS, stored), alike, most);
    assert.equal(kernels!.seeds.live, live);
  });

  test(`rank ${rank}: products of directions are the host's, all bits of matrices'`, { skip }, async () => {
    const { tensors } = kernels!.upload(parameters());
    const matrices = tensors.filter(({ shape = [] }) => shape.length > 1 && shape[0]! > rank);
    for (const [some, bound] of [
      [tensors, gamma(161, ROUNDOFF) * 4.4 ** 2 * D],
      [matrices, 0],
    ] as const) {
      const { here, there } = both(kernels!.seeds, some, rank);
      for (const [rows, others] of [
        [SEEDS, SEEDS],
        [SEEDS.slice(0, 2), SEEDS.slice(1)],
      ] as const)
        expectClose(await there.gram(rows, others), here.gram(rows, others), bound);
    }
  });
}

function bowl(x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (1 + (i % 3)) * (x[i]! - 0.05) ** 2;
  return sum;
}

const DIRECTIONS = { directions: "low-rank", rank: 2, lazy: 4 } as const;
const wasm = async () => (await openKernels({ prefer: ["wasm"] })).seeded(DIRECTIONS);
/**
 * Entries of a candidate are off by some 2^-23, a 1e-5th of a displacement of 1e-2, and so are differences of values, and with
 * them the estimates; every step of a run adds its own, and a gradient step of a bowl does not magnify what came before.
 */
const allowed = (steps: number): number => 1e-5 * (steps + 1);

/** Of a run: past the second V. */
const STEPS = 9;

const RUNS: Readonly<Record<string, Partial<LizoOptions>>> = {
  "fixed steps": { lr: 0.02 },
  "slopes reused": { reuse: slopes(), strictLr: true, lr: 0.02 },
  "samples reused": { reuseDistanceBound: { steps: 3 }, maxReuseRate: 0.5, strictLr: true, lr: 0.02 },
  "a line search": { lineSearchFn: "backtracking", lr: 0.05 },
  "momentum of samples": { sampleMomentum: 0.2, lr: 0.02 },
};
const OPTIONS = { seed: 4, sampleNorm: 1e-2, numSamplePerStep: 6 } as const;

for (const [name, own] of Object.entries(RUNS))
  test(`LIZO over buffers, ${name}: the run of WebAssembly, within rounding; stored and loaded too`, {
    skip,
  }, async () => {
    const model = parameters();
    const host = new LIZO(model, { ...OPTIONS, ...own, space: await wasm() });
    const { tensors, download, free } = kernels!.upload(parameters());
    const make = (): LIZO => new LIZO(tensors, { ...OPTIONS, ...own, space: kernels!.seeded(DIRECTIONS) });
    let there = make();
    const f = async (): Promise<number> => bowl(await kernels!.seeds.download(tensors));
    for (let k = 0; k < STEPS; k++) {
      if (k === 5) {
        const stored = encode(there.stateDict());
        there = make();
        there.loadStateDict(decode<LizoState>(stored));
      }
      const expected = host.step(() => bowl(flat(model)));
      const value = await there.step(f);
      assert.equal(there.numReuse[k], host.numReuse[k]);
      assert.ok(Math.abs(value / expected - 1) <= allowed(k), `step ${k}: ${value} for ${expected}`);
    }
    assert.ok(bowl(flat(model)) < bowl(X));
    assert.equal(there.numQueries, host.numQueries);
    await download();
    free();
  });

const METHODS: Readonly<Record<string, () => Method>> = {
  relizo: () => relizo({ radius: 1e-2 }),
  slopes: () => relizo({ radius: 1e-2, reuse: slopes(), lineSearch: "none", lr: 0.02 }),
  "relizo with momentum": () => relizo({ radius: 1e-2, momentum: 0.5, lineSearch: "none", lr: 0.02 }),
  "zo-sgd": () => zoSgd({ radius: 1e-2, lr: 1e-4, momentum: 0.5 }),
  prgf: () => prgf({ radius: 1e-2, lr: 0.01 }),
  mezo: () => mezo({ radius: 1e-2, lr: 1e-4 }),
};

for (const [name, method] of Object.entries(METHODS))
  test(`minimize over buffers, ${name}: the run of WebAssembly, within rounding, and no buffer is left`, {
    skip,
  }, async () => {
    const model = parameters();
    const own = { maxSteps: STEPS, seed: 2 };
    const host = await (await wasm()).minimize(() => bowl(flat(model)), model, { ...own, method: method() });
    const there = parameters();
    const { tensors, download, free } = kernels!.upload(there);
    const before = kernels!.seeds.live;
    const f = async (): Promise<number> => bowl(await kernels!.seeds.download(tensors));
    const found = await kernels!.seeded(DIRECTIONS).minimize(f, tensors, { ...own, method: method() });
    assert.equal(found.outcome, host.outcome);
    assert.ok(Math.abs(found.value / host.value - 1) <= allowed(STEPS), `${found.value} for ${host.value}`);
    assert.equal(kernels!.seeds.live, before);
    await download();
    expectClose(flat(there), flat(model), allowed(STEPS));
    free();
  });

test("a buffer of the caller's is a matrix where it has a shape, and what does not fit is refused before a query", {
  skip,
}, async () => {
  const [whole] = kernels!.seeds.vector(1200);
  const { buffer } = whole!;
  const space = kernels!.seeded(DIRECTIONS);
  let asked = 0;
  const f = (): number => ++asked;
  for (const shape of [[40, 31], [1200.5], "40x30", [-40, -30], []])
    for (const refused of [
      () => new LIZO({ buffer, ...{ shape } } as never, { space }),
      () => space.minimize(f, { buffer, ...{ shape } } as never),
    ])
      await assert.rejects(async () => refused(), {
        code: "SHAPE",
        message: /a tensor of 1200 numbers needs a shape of as many/,
      });
  assert.throws(() => kernels!.seeded({ rank: 3 }), {
    code: "OPTION",
    message: /rank and lazy need directions "low-rank", got 3/,
  });
  assert.throws(() => kernels!.seeded({ directions: "low-rank", lazy: 0 }), { code: "OPTION" });
  const limits = { ...kernels!.device.limits, maxBufferSize: 318, maxStorageBufferBindingSize: 4000 };
  const narrow = { ...kernels!.seeds, device: { ...kernels!.device, limits } };
  const pieces = packDevice("test", { buffer, shape: [40, 30] });
  assert.throws(() => deviceLowRank(pieces, { rank: 2, lazy: 1 }, narrow), {
    code: "SHAPE",
    message: /must fit in a buffer of this device, 79 numbers; lower rank, got "80 numbers for rows and 60/,
  });
  deviceLowRank(pieces, { rank: 1, lazy: 1 }, narrow);
  assert.equal(asked, 0);
  const model = Parameters.from({ weight: { shape: [40, 30], data: new Float32Array(1200) } });
  const host = new LIZO(model, { ...OPTIONS, space: await wasm() });
  const there = new LIZO({ buffer, shape: [40, 30] }, { ...OPTIONS, space });
  for (let k = 0; k < 3; k++) {
    host.step(() => bowl(flat(model)));
    await there.step(async () => bowl(await kernels!.seeds.download([whole!])));
  }
  expectClose(await kernels!.seeds.download([whole!]), flat(model), allowed(3));
});
