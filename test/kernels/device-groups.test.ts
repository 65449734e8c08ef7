/** Weight decay and groups over GPU buffers: the run that WebAssembly makes over arrays, within rounding, one vector more in the device. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  decode,
  encode,
  LIZO,
  type LizoOptions,
  type LizoState,
  type ParameterGroup,
  slopes,
} from "../../src/index.ts";
import { type DeviceParameters, type DirectionOptions, openKernels } from "../../src/run/kernels.ts";
import { expectClose } from "../expect-close.ts";
import { backends } from "./backends.ts";

const { device, skip } = (await backends()).find(({ name }) => name === "webgpu")!;
const D = 800;
/** Where the second group begins, and where each of them is cut. */
const CUTS = [0, 333, 700, 701, D];
const START = Float32Array.from({ length: D }, (_, i) => 0.1 * Math.sin(i));
const STEPS = 8;

function bowl(x: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (1 + (i % 3)) * (x[i]! - 0.05) ** 2;
  return sum;
}

/** On the device of the suite, which outlives them. */
const kernels = device && (await openKernels({ prefer: ["webgpu"], device: device.device }));
after(() => kernels?.close());

/**
 * Entries of a candidate are off by some 2^-23, a 1e-5th of a displacement of 1e-2, and so are differences of values, and with
 * them the estimates; every step of a run adds its own, and a gradient step of a bowl does not magnify what came before.
 */
const allowed = (steps: number): number => 1e-5 * (steps + 1);

/** The first group with rates of its own, unless it is the only one. */
const GROUPS: Readonly<Record<string, readonly Partial<ParameterGroup>[]>> = {
  "weight decay": [{ weightDecay: 0.3 }],
  "two rates": [{ lr: 0.04 }, {}],
  "two rates, decay in one": [{ lr: 0.04 }, { weightDecay: 0.5 }],
};

const RUNS: Readonly<Record<string, Partial<LizoOptions>>> = {
  "fixed steps": { lr: 0.02 },
  "slopes reused": { reuse: slopes(), strictLr: true, lr: 0.02 },
  "samples reused": { reuseDistanceBound: { steps: 3 }, maxReuseRate: 0.5, strictLr: true, lr: 0.02 },
  "a line search": { lineSearchFn: "backtracking", lr: 0.05 },
  "a line search of one's own": { lineSearchFn: (_phi, _value, _slope, step) => 0.5 * step, lr: 0.02 },
  "momentum of samples": { sampleMomentum: 0.2, lr: 0.02 },
};
const OPTIONS = { seed: 4, sampleNorm: 1e-2, numSamplePerStep: 6 } as const;
const DIRECTIONS: readonly Partial<DirectionOptions>[] = [
  { directions: "rademacher" },
  { directions: "low-rank", rank: 2, lazy: 4 },
];

/** Parts of a vector, between the cuts, in as many groups. */
function grouped<P>(
  part: (k: number) => P,
  groups: readonly Partial<ParameterGroup>[],
): ParameterGroup<P[]>[] {
  const all = [0, 1, 2, 3].map(part);
  const lists = groups.length === 1 ? [all] : [all.slice(0, 2), all.slice(2)];
  return groups.map((rates, i) => ({ ...rates, parameters: lists[i]! }));
}

for (const [what, groups] of Object.entries(GROUPS))
  for (const [name, own] of Object.entries(RUNS))
    if (what === "two rates, decay in one" || name === "slopes reused")
      test(`${what}, ${name}: the run over arrays, within rounding`, { skip }, async () => {
        const directions = DIRECTIONS[Object.keys(RUNS).indexOf(name) % 2]!;
        const x = START.slice();
        const arrays = grouped((k) => x.subarray(CUTS[k], CUTS[k + 1]), groups);
        const wasm = (await openKernels({ prefer: ["wasm"] })).seeded(directions);
        const host = new LIZO(arrays, { ...OPTIONS, ...own, space: wasm });
        const before = kernels!.seeds.live;
        const { tensors, free } = kernels!.upload(START);
        const [whole] = tensors;
        const parts: ParameterGroup<DeviceParameters>[] = grouped(
          (k) => ({ buffer: whole!.buffer, offset: 4 * CUTS[k]!, length: CUTS[k + 1]! - CUTS[k]! }),
          groups,
        );
        const there = new LIZO(parts, { ...OPTIONS, ...own, space: kernels!.seeded(directions) });
        assert.deepEqual(there.groups, host.groups);
        let most = 0;
        for (let k = 0; k < STEPS; k++) {
          if (k === 5) for (const lizo of [host, there]) lizo.groups[0]!.weightDecay = 0.1;
          const expected = host.step(() => bowl(x));
          const value = await there.step(async () => bowl(await kernels!.seeds.download([whole!])));
          assert.ok(Math.abs(value / expected - 1) <= allowed(k), `step ${k}: ${value} for ${expected}`);
          assert.equal(there.numReuse[k], host.numReuse[k]);
          most = Math.max(most, kernels!.seeds.live - before);
        }
        expectClose(await kernels!.seeds.download([whole!]), x, allowed(STEPS));
        assert.equal(there.numQueries, host.numQueries);
        // The parameters and their copy, what shaders are told and their table, p, one to spare, and a secant or a row for each sample.
        const carried =
          name === "samples reused" ? 7 : name === "fixed steps" || name === "a line search" ? 0 : 2;
        assert.ok(most <= 6 + carried, `${most} buffers`);
        free();
      });

test("where f is flat, what is left is the decay, and nothing of x where that is as long as x", {
  skip,
}, async () => {
  const { tensors, free } = kernels!.upload(START);
  const lizo = new LIZO(tensors, { ...OPTIONS, lr: 0.5, weightDecay: 2, space: kernels!.seeded() });
  await lizo.step(async () => 1);
  assert.ok((await kernels!.seeds.download(tensors)).every((value) => value === 0));
  free();
});

test("numbers beyond what float32 can square are left where they are", { skip }, async () => {
  const far = START.map((value) => 1e30 * value);
  const { tensors } = kernels!.upload(far);
  const lizo = new LIZO(tensors, { ...OPTIONS, lr: 0.5, weightDecay: 2, space: kernels!.seeded() });
  let asked = 0;
  for (let k = 0; k < 2; k++) await lizo.step(async () => ++asked % 3);
  assert.deepEqual(await kernels!.seeds.download(tensors), far);
});

test("a state with reused samples of decayed steps is loaded without them, and goes on where it was", {
  skip,
}, async () => {
  const { tensors } = kernels!.upload(START);
  const own = { ...OPTIONS, ...RUNS["samples reused"], weightDecay: 0.3, space: kernels!.seeded() };
  const f = async (): Promise<number> => bowl(await kernels!.seeds.download(tensors));
  const lizo = new LIZO(tensors, own);
  for (let k = 0; k < 4; k++) await lizo.step(f);
  const other = new LIZO(tensors, own);
  other.loadStateDict(decode<LizoState>(encode(lizo.stateDict())));
  const before = await f();
  assert.equal(await other.step(f), before);
  assert.equal(other.numReuse.length, 5);
  assert.equal(other.numReuse.at(-1), 0);
  await other.step(f);
  assert.ok((await f()) < before);
});

test("groups that cannot be are refused before a query", { skip }, async () => {
  const [a, b] = kernels!.upload([START, START.slice()]).tensors;
  const space = kernels!.seeded();
  const refused = (groups: unknown, code: string, message: RegExp): void => {
    assert.throws(() => new LIZO(groups as never, { space }), { code, message });
  };
  refused([{ parameters: a, lr: -1 }], "OPTION", /parameter group 0: lr must be/);
  refused([{ parameters: a }, { parameters: b, weightDecay: -1 }], "OPTION", /group 1: weightDecay must be/);
  refused(
    [{ parameters: a, rate: 1 }],
    "OPTION",
    /group 0: an option must be one of parameters, lr, weightDecay/,
  );
  refused([{ parameters: a }, { parameters: [b, a] }], "SHAPE", /share memory/);
  refused([{ parameters: START }], "OPTION", /must be GPU buffers/);
  refused([{ parameters: a }, b], "OPTION", /must be|option/);
  refused([{ parameters: [] }], "SHAPE", /at least one number/);
  await assert.rejects(space.minimize(() => 1, [{ parameters: a }] as never), { code: "OPTION", message: /must be GPU buffers/ }); // biome-ignore format: one line
});
