import assert from "node:assert/strict";
import { test } from "node:test";
import { slopes } from "../reuse/slopes.ts";
import { decode, encode } from "./checkpoint.ts";
import { openKernels } from "./kernels.ts";
import { LIZO } from "./lizo.ts";
import type { LizoOptions } from "./lizo-options.ts";
import type { LizoState } from "./lizo-state.ts";

const D = 3000;
const START = Float32Array.from({ length: D }, (_, i) => 0.1 * Math.sin(i));

function bowl(x: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (1 + (i % 3)) * (x[i]! - 0.05) ** 2;
  return sum;
}

test("the first preferred backend that works is taken, and says why", async () => {
  const wasm = await openKernels();
  assert.equal(wasm.backend, "wasm");
  assert.match(wasm.why, /^wasm gives the right answers/);
  assert.equal((await openKernels({ prefer: ["js", "wasm"] })).backend, "js");
});

test("an unknown backend or option is refused, and so is one that is no list", async () => {
  // @ts-expect-error no such backend
  await assert.rejects(openKernels({ prefer: ["cuda"] }), {
    code: "OPTION",
    message: /prefer must be a list of "wasm", "js"/,
  });
  // @ts-expect-error no such option
  await assert.rejects(openKernels({ backend: "js" }), { code: "OPTION", message: /must be one of prefer/ });
  await assert.rejects(openKernels({ prefer: [] }), { code: "OPTION" });
  for (const threads of [0, 1.5, 65, Number.NaN])
    await assert.rejects(openKernels({ threads }), {
      code: "OPTION",
      message: /threads must be a whole number from 1 to 64, or "auto"/,
    });
});

test("where a backend cannot load, the next one is taken, and the reason is kept", async () => {
  const own = WebAssembly.instantiate;
  Object.assign(WebAssembly, { instantiate: () => Promise.reject(new Error("forbidden here")) });
  try {
    const kernels = await openKernels();
    assert.equal(kernels.backend, "js");
    assert.match(kernels.why, /wasm does not work here: .*forbidden here.* js gives the right answers/);
    await assert.rejects(openKernels({ prefer: ["wasm"] }), { code: "BACKEND", message: /forbidden here/ });
  } finally {
    Object.assign(WebAssembly, { instantiate: own });
  }
});

const RUNS: Readonly<Record<string, Partial<LizoOptions>>> = {
  "fixed steps": { lr: 0.05 },
  "a line search": { lineSearchFn: "backtracking", lr: 0.05 },
  "its own line search": {
    lineSearchFn: (phi) => {
      phi(0.02);
      return 0.01;
    },
    lr: 0.05,
  },
  "samples reused": { reuseDistanceBound: { steps: 3 }, maxReuseRate: 0.5, strictLr: true, lr: 0.01 },
  "samples reused, Gram matrix afresh": {
    reuseDistanceBound: { steps: 3 },
    maxReuseRate: 0.5,
    strictLr: true,
    lr: 0.01,
    fastAlg: false,
  },
  "slopes reused": { reuse: slopes(), strictLr: true, lr: 0.01 },
  "slopes reused, a line search": { reuse: slopes({ most: 20 }), lineSearchFn: "backtracking", lr: 0.05 },
  "momentum of samples": { sampleMomentum: 0.2, lr: 0.05 },
};

for (const directions of ["rademacher", "gaussian"] as const)
  for (const [name, own] of Object.entries(RUNS))
    test(`LIZO over seeds, ${directions}, ${name}: the same bits on wasm and js, with a copy and without, and resumed`, async () => {
      const run = async (backend: "wasm" | "js", copy: boolean, resumeAt = -1) => {
        const kernels = await openKernels({ prefer: [backend] });
        const parts = [START.slice(0, 1000), START.slice(1000)];
        const joined = (): Float32Array => Float32Array.from(parts.flatMap((part) => [...part]));
        const make = (): LIZO =>
          new LIZO(parts, {
            seed: 4,
            sampleNorm: 1e-3,
            numSamplePerStep: 6,
            ...own,
            space: kernels.seeded({ directions, copy }),
          });
        let lizo = make();
        const values: number[] = [];
        let asked = 0;
        for (let k = 0; k < 12; k++) {
          if (k === resumeAt) {
            const stored = encode(lizo.stateDict());
            lizo = make();
            lizo.loadStateDict(decode<LizoState>(stored));
          }
          values.push(
            lizo.step(() => {
              asked++;
              return bowl(joined());
            }),
          );
        }
        assert.equal(lizo.numQueries, asked);
        return { values, x: joined(), reused: lizo.numReuse };
      };
      const first = await run("js", true);
      assert.ok(first.values.at(-1)! < 0.999 * first.values[0]!, `${first.values}`);
      assert.deepEqual(await run("wasm", true), first);
      assert.deepEqual(await run("wasm", false), first);
      assert.deepEqual(await run("wasm", true, 5), first);
      if (name.includes("reused")) assert.ok(first.reused.some((count) => count > 0));
    });

test("what seeds have no room for is refused, by name, before a query", async () => {
  const kernels = await openKernels();
  const space = kernels.seeded();
  const refused = (
    parameters: Float32Array | Float64Array,
    own: Partial<LizoOptions>,
    message: RegExp,
  ): void => {
    assert.throws(() => new LIZO(parameters, { space, ...own }), { code: "OPTION", message });
  };
  refused(new Float64Array(3), {}, /needs parameters in Float32Array, got Float64Array/);
  refused(new Float32Array(3), { noise: () => new Float64Array(3) }, /needs noise null/);
  refused(new Float32Array(3), { compatibility: "reference" }, /needs compatibility "corrected"/);
  // @ts-expect-error no such space
  assert.throws(() => new LIZO(new Float32Array(3), { space: "seeded" }), {
    message: /space must be "dense" or kernels.seeded\(\), got "seeded"/,
  });
});

test("a step too long for float32 moves nothing", async () => {
  const kernels = await openKernels();
  for (const copy of [true, false]) {
    const x = new Float32Array(50).fill(1);
    const lizo = new LIZO(x, { space: kernels.seeded({ copy }), strictLr: true, lr: 1e39 });
    lizo.step(() => bowl(x));
    assert.deepEqual(x, new Float32Array(50).fill(1));
    assert.equal(lizo.lastLr, 0);
  }
});

test("threads change no bit of a run, and it goes on when they are ended", async () => {
  const run = async (threads: number): Promise<Float32Array> => {
    const kernels = await openKernels({ threads });
    assert.equal(kernels.threads, threads);
    const x = Float32Array.from({ length: 300_001 }, (_, i) => Math.sin(i));
    const space = kernels.seeded({ directions: "gaussian" });
    const lizo = new LIZO(x, { seed: 4, sampleNorm: 1e-3, numSamplePerStep: 3, lr: 1e-3, space });
    for (let k = 0; k < 3; k++) {
      lizo.step(() => bowl(x));
      if (k === 1) kernels.close();
    }
    return x;
  };
  assert.deepEqual(await run(2), await run(1));
});

test("threads that are asked for but not to be had are an error, but with auto one serves", async () => {
  const auto = await openKernels({ threads: "auto" });
  assert.ok(auto.threads >= 1 && auto.threads <= 8);
  auto.close();
  const own = SharedArrayBuffer;
  Object.assign(globalThis, { SharedArrayBuffer: undefined });
  try {
    const missing = /SharedArrayBuffer.*cross-origin isolated/;
    await assert.rejects(openKernels({ threads: 2 }), { code: "BACKEND", message: missing });
    const { threads, why } = await openKernels({ threads: "auto" });
    assert.equal(threads, 1);
    if (auto.threads > 1) assert.match(why, missing);
    assert.equal((await openKernels({ prefer: ["js"], threads: "auto" })).threads, 1);
    const onJs = openKernels({ prefer: ["js"], threads: 2 });
    await assert.rejects(onJs, { code: "BACKEND", message: /js has one thread/ });
  } finally {
    Object.assign(globalThis, { SharedArrayBuffer: own });
  }
});

test("a state of other directions is refused, by LIZO and by minimize", async () => {
  const kernels = await openKernels();
  const make = (space: "dense" | "rademacher" | "gaussian"): LIZO =>
    new LIZO(
      new Float32Array(50).fill(1),
      space === "dense" ? {} : { space: kernels.seeded({ directions: space }) },
    );
  for (const [from, to] of [
    ["rademacher", "gaussian"],
    ["gaussian", "dense"],
    ["dense", "rademacher"],
  ] as const)
    assert.throws(() => make(to).loadStateDict(make(from).stateDict()), {
      code: "STATE",
      message: new RegExp(to),
    });
  const x = new Float32Array(50).fill(1);
  const begun = await kernels.seeded().minimize(() => bowl(x), x, { maxSteps: 3 });
  const other = kernels.seeded({ directions: "gaussian" });
  const resumed = other.minimize(() => bowl(x), x, { maxSteps: 5, resume: begun.state });
  await assert.rejects(resumed, { code: "STATE", message: /over seeds \(gaussian\)/ });
});
