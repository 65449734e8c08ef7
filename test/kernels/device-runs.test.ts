/** Whole runs over GPU buffers: the run that plain JavaScript makes over arrays, within rounding, and nothing left behind. */
import assert from "node:assert/strict";
import { test } from "node:test";
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
import { Parameters } from "../../src/parameters/index.ts";
import { type DeviceKernels, type DeviceVector, openKernels } from "../../src/run/kernels.ts";
import { backends } from "./backends.ts";

const { device, skip } = (await backends()).find(({ name }) => name === "webgpu")!;
const D = 3000;
const START = Float32Array.from({ length: D }, (_, i) => 0.1 * Math.sin(i));
const KINDS = ["rademacher", "gaussian"] as const;

function bowl(x: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (1 + (i % 3)) * (x[i]! - 0.05) ** 2;
  return sum;
}

/** Kernels on the device of the suite, which outlives them. */
const open = (): Promise<DeviceKernels> => openKernels({ prefer: ["webgpu"], device: device!.device });

const RUNS: Readonly<Record<string, readonly [steps: number, Partial<LizoOptions>]>> = {
  "fixed steps": [20, { lr: 0.02 }],
  "slopes reused": [200, { reuse: slopes(), strictLr: true, lr: 0.02 }],
  "samples reused": [12, { reuseDistanceBound: { steps: 3 }, maxReuseRate: 0.5, strictLr: true, lr: 0.02 }],
  "a line search": [6, { lineSearchFn: "backtracking", lr: 0.05 }],
  "momentum of samples": [20, { sampleMomentum: 0.2, lr: 0.02 }],
};

const OPTIONS = { seed: 4, sampleNorm: 1e-2, numSamplePerStep: 6 } as const;

for (const directions of KINDS)
  for (const [name, [steps, own]] of Object.entries(RUNS))
    test(`LIZO over buffers, ${directions}, ${name}: the run over arrays, within rounding, for ${steps} steps`, {
      skip,
    }, async () => {
      const x = START.slice();
      const host = new LIZO(x, {
        ...OPTIONS,
        ...own,
        space: (await openKernels({ prefer: ["js"] })).seeded({ directions }),
      });
      const kernels = await open();
      const { tensors, download, free } = kernels.upload([START.slice(0, 1000), START.slice(1000)]);
      const there = new LIZO(tensors, { ...OPTIONS, ...own, space: kernels.seeded({ directions }) });
      for (let k = 0; k < steps; k++) {
        const expected = host.step(() => bowl(x));
        const value = await there.step(async () => bowl(await joined(kernels, tensors)));
        assert.ok(Math.abs(value - expected) <= 2e-3 * expected, `step ${k}: ${value} for ${expected}`);
        assert.equal(there.numReuse[k], host.numReuse[k]);
      }
      assert.ok(bowl(x) < bowl(START), `${bowl(START)} to ${bowl(x)}`);
      assert.equal(there.numQueries, host.numQueries);
      await download();
      free();
      kernels.close();
      assert.equal(kernels.seeds.live, 0);
    });

async function joined(kernels: DeviceKernels, tensors: DeviceVector): Promise<Float32Array> {
  return kernels.seeds.download(tensors);
}

const METHODS: Readonly<Record<string, () => Method>> = {
  relizo: () => relizo({ radius: 1e-2 }),
  slopes: () => relizo({ radius: 1e-2, reuse: slopes(), lineSearch: "none", lr: 0.02 }),
  "zo-sgd": () => zoSgd({ radius: 1e-2, lr: 1e-4, momentum: 0.5 }),
  prgf: () => prgf({ radius: 1e-2, lr: 0.01 }),
  mezo: () => mezo({ radius: 1e-2, lr: 1e-4 }),
};

for (const [name, method] of Object.entries(METHODS))
  test(`minimize over buffers, ${name}: the run over arrays, within rounding, and no buffer is left`, {
    skip,
  }, async () => {
    const x = START.slice();
    const js = (await openKernels({ prefer: ["js"] })).seeded();
    const host = await js.minimize(() => bowl(x), x, { method: method(), maxSteps: 20, seed: 2 });
    const kernels = await open();
    const { tensors, download, free } = kernels.upload(START);
    const before = kernels.seeds.live;
    const found = await kernels.seeded().minimize(async () => bowl(await joined(kernels, tensors)), tensors, {
      method: method(),
      maxSteps: 20,
      seed: 2,
    });
    assert.equal(found.outcome, host.outcome);
    assert.ok(Math.abs(found.value - host.value) <= 1e-2 * host.value, `${found.value} for ${host.value}`);
    assert.equal(kernels.seeds.live, before);
    await download();
    free();
    kernels.close();
    assert.equal(kernels.seeds.live, 0);
  });

test("what someone else writes into the buffers is where the next step begins", { skip }, async () => {
  const kernels = await open();
  const { tensors } = kernels.upload(START);
  const lizo = new LIZO(tensors, { ...OPTIONS, lr: 0.02, space: kernels.seeded() });
  const f = async (): Promise<number> => bowl(await joined(kernels, tensors));
  await lizo.step(f);
  const other = START.map((value) => 2 * value);
  kernels.seeds.upload(tensors, other);
  assert.equal(await lizo.step(f), bowl(other));
  kernels.close();
});

test("a state goes on where it was, within rounding, as text too", { skip }, async () => {
  const kernels = await open();
  const own = { ...OPTIONS, reuse: slopes(), strictLr: true, lr: 0.02 };
  const run = async (resumeAt: number): Promise<number[]> => {
    const { tensors, free } = kernels.upload(START);
    const make = (): LIZO => new LIZO(tensors, { ...own, space: kernels.seeded() });
    let lizo = make();
    const values: number[] = [];
    for (let k = 0; k < 40; k++) {
      if (k === resumeAt) {
        const text = encode(lizo.stateDict());
        lizo = make();
        lizo.loadStateDict(decode<LizoState>(text));
      }
      values.push(await lizo.step(async () => bowl(await joined(kernels, tensors))));
    }
    free();
    return values;
  };
  const whole = await run(-1);
  const resumed = await run(25);
  assert.deepEqual(resumed.slice(0, 25), whole.slice(0, 25));
  for (const [k, value] of resumed.entries())
    assert.ok(Math.abs(value - whole[k]!) <= 1e-4 * whole[k]!, `step ${k}`);
  kernels.close();
});

test("a step too long for float32 moves nothing; other parameters are refused by name", {
  skip,
}, async () => {
  const kernels = await open();
  const { tensors } = kernels.upload(START);
  const space = kernels.seeded();
  const f = async (): Promise<number> => bowl(await joined(kernels, tensors));
  const far = new LIZO(tensors, { ...OPTIONS, space, strictLr: true, lr: 1e39 });
  await far.step(f);
  assert.deepEqual(await joined(kernels, tensors), START);
  assert.throws(() => new LIZO(START, { space }), { code: "OPTION", message: /must be GPU buffers/ });
  assert.throws(() => new LIZO([tensors[0]!, tensors[0]!], { space }), {
    code: "SHAPE",
    message: /share memory/,
  });
  const { buffer } = tensors[0]!;
  assert.throws(() => new LIZO({ buffer, offset: 2 }, { space }), {
    code: "SHAPE",
    message: /multiple of 4/,
  });
  assert.throws(() => new LIZO({ buffer, length: D + 1 }, { space }), { code: "SHAPE" });
  assert.throws(() => new LIZO(buffer, {}), { code: "OPTION" });
  kernels.close();
});

test("named tensors go there and back, the frozen ones stay", { skip }, async () => {
  const kernels = await open();
  const model = Parameters.from({
    head: new Float32Array(7).fill(1),
    body: { shape: [3, 5], data: new Float32Array(15).fill(2) },
  });
  model.freeze("head");
  const { tensors, download } = kernels.upload(model);
  assert.deepEqual(await joined(kernels, tensors), new Float32Array(15).fill(2));
  const lizo = new LIZO(tensors, { ...OPTIONS, lr: 0.05, space: kernels.seeded() });
  for (let k = 0; k < 3; k++) await lizo.step(async () => bowl(await joined(kernels, tensors)));
  const there = await joined(kernels, tensors);
  await download();
  assert.deepEqual(model.get("body").data, there);
  assert.deepEqual(model.get("head").data, new Float32Array(7).fill(1));
  assert.ok(bowl(there) < bowl(new Float32Array(15).fill(2)));
  kernels.close();
});

test("close in the middle of a step leaves buffers of the caller's at the iterate", { skip }, async () => {
  const own = device!.vector(D);
  device!.upload(own, START);
  const kernels = await open();
  const lizo = new LIZO(own, { ...OPTIONS, space: kernels.seeded() });
  let asked = 0;
  const step = lizo.step(async () => {
    if (++asked === 4) kernels.close();
    return asked;
  });
  await assert.rejects(async () => step, { code: "BACKEND" });
  assert.deepEqual(await device!.download(own), START);
  device!.free(own);
});

test("a closure's own error is told, though the kernels are gone", { skip }, async () => {
  const kernels = await open();
  const { tensors } = kernels.upload(START);
  const lizo = new LIZO(tensors, { ...OPTIONS, space: kernels.seeded() });
  let asked = 0;
  const step = lizo.step(async () => {
    if (++asked < 3) return asked;
    kernels.close();
    throw new TypeError("mine");
  });
  await assert.rejects(async () => step, { name: "TypeError", message: "mine" });
});

test("a buffer without the usages is refused at the door, and other runs go on", { skip }, async () => {
  const kernels = await open();
  const { tensors } = kernels.upload(START);
  const lizo = new LIZO(tensors, { ...OPTIONS, space: kernels.seeded() });
  const f = async (): Promise<number> => bowl(await joined(kernels, tensors));
  await lizo.step(f);
  const bare = kernels.device.createBuffer({ size: 400, usage: 0x80 });
  const message = /usages STORAGE, COPY_SRC and COPY_DST/;
  assert.throws(() => new LIZO(bare, { space: kernels.seeded() }), { code: "OPTION", message });
  bare.destroy();
  await lizo.step(f);
  kernels.close();
});

test("openKernels names the device, or why there is none, and takes the next", { skip }, async () => {
  const kernels = await openKernels({ prefer: ["webgpu", "wasm"], device: device!.device });
  assert.equal(kernels.backend, "webgpu");
  assert.match(kernels.why, /^webgpu gives the right answers on /);
  kernels.close();
});
