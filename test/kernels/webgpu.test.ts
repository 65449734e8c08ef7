/** What WebGPU adds to the suite for every backend: vectors in a device's memory, its limits, its errors and its end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "esbuild";
import {
  type DeviceSeeds,
  type DeviceVector,
  jsSeeds,
  loadWebgpu,
  type Term,
} from "../../src/kernel/index.ts";
import { fillWords } from "../../src/kernel/random/threefry.ts";
import type { Seed, SeedKind } from "../../src/kernel/seeds.ts";
import type { GpuDevice } from "../../src/kernel/webgpu/gpu.ts";
import { expectClose, expectSame, gamma } from "../expect-close.ts";
import { backends } from "./backends.ts";
import { address, evaluate } from "./evaluate.ts";

const { device, skip } = (await backends()).find(({ name }) => name === "webgpu")!;
const KINDS: readonly SeedKind[] = ["rademacher", "gaussian"];
const seeds = (count: number): Seed[] => Array.from({ length: count }, (_, k) => [k, 7, 0, k % 3]);
/** Of a float32 sum that may be rounded either way. */
const ROUNDOFF = 2 ** -23;

function numbers(length: number, salt: number): Float32Array {
  const words = new Int32Array(4 * Math.ceil(length / 4));
  fillWords(words, [salt, 0, 0, 5], 0);
  return Float32Array.from(words.subarray(0, length), (word) => word / 2 ** 31);
}

const deviceTest = (name: string, body: (kernels: DeviceSeeds) => Promise<void>): void => {
  test(name, { skip }, () => body(device!));
};

const filled = (kernels: DeviceSeeds, values: Float32Array, begin = 0): DeviceVector => {
  const v = kernels.vector(values.length, begin);
  kernels.upload(v, values);
  return v;
};

/** Elements [from, to) of a vector of one part. */
function slice([whole]: DeviceVector, from: number, to: number): DeviceVector {
  assert.ok(whole);
  const { buffer, offset, begin } = whole;
  return [{ buffer, offset: offset + 4 * from, length: to - from, begin: begin + from }];
}

/** The same memory with another first element. */
const moved = (v: DeviceVector, by: number): DeviceVector =>
  v.map((part) => ({ ...part, begin: part.begin + by }));

/** A device that says it can do less. */
function narrowed(whole: GpuDevice, limits: Readonly<Record<string, number>>): GpuDevice {
  return new Proxy(whole, {
    get(target, key) {
      if (key === "limits") return { ...target.limits, minStorageBufferOffsetAlignment: 256, ...limits };
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** |x| + sum |c z| for every element, as the bound of `perturb` needs it. */
function magnitude(
  kind: SeedKind,
  x: Float32Array,
  begin: number,
  terms: readonly Term<Seed>[],
): Float64Array {
  const all = Float64Array.from(x, Math.abs);
  for (const [c, seed] of terms) {
    const z = new Float32Array(x.length);
    jsSeeds.perturb(kind, z, z, begin, [[1, seed]]);
    for (let i = 0; i < z.length; i++) all[i]! += Math.abs(Math.fround(c) * z[i]!);
  }
  return all;
}

for (const kind of KINDS) {
  deviceTest(`${kind}: what a device cannot bind or dispatch at once is done in pieces`, async (whole) => {
    const small = await loadWebgpu({
      device: narrowed(whole.device, {
        maxBufferSize: 20_000,
        maxStorageBufferBindingSize: 12_288,
        maxComputeWorkgroupsPerDimension: 3,
      }),
    });
    const [d, begin] = [40_003, 2 ** 35 - 20_001];
    const [x, list] = [numbers(d, 1), seeds(5)];
    const terms = list.map((seed, k): Term<Seed> => [0.1 * (k + 1), seed]);
    const v = filled(small, x, begin);
    assert.equal(v.length, 9);
    const w = filled(whole, x, begin);
    assert.equal(w.length, 1);
    small.perturb(kind, v, v, terms);
    whole.perturb(kind, w, w, terms);
    expectSame(await small.download(v), await whole.download(w));
    const [some, all] = [await small.along(kind, list, v), await whole.along(kind, list, w)];
    const bound = 2 * gamma(81, ROUNDOFF) * d * 5 * 4.4;
    expectClose(some, all, bound);
    expectClose([await small.dot(v, w)], [await whole.dot(w, v)], bound);
    const many = kind === "gaussian" ? 30_003 : 120_003;
    expectSame(await small.gram(kind, many, list, list), await whole.gram(kind, many, list, list));
    assert.equal(await small.finite(v), true);
    small.close();
    assert.equal(small.live, 0);
  });

  deviceTest(`${kind}: out, x and what is stored may lie in one buffer, side by side`, async (kernels) => {
    const [n, begin] = [901, 1029];
    const terms = seeds(3).map((seed, k): Term<Seed> => [0.3 - k, seed]);
    const [x, s, expected] = [numbers(n, 1), numbers(n, 2), new Float32Array(n)];
    jsSeeds.perturb(kind, expected, x, begin, terms, [0.7, s]);
    const bound = magnitude(kind, x, begin, terms).map(
      (sum, i) => gamma(8, ROUNDOFF) * (sum + Math.abs(s[i]!)),
    );
    for (const order of [
      [0, 1, 2],
      [1, 2, 0],
      [2, 0, 1],
      [0, 1, 0],
      [2, 0, 2],
    ]) {
      const all = kernels.vector(3 * n + 5);
      const [out, from, stored] = order.map((k) =>
        moved(slice(all, 5 + k * n, 5 + (k + 1) * n), begin - 5 - k * n),
      );
      kernels.upload(from!, x);
      kernels.upload(stored!, s);
      kernels.perturb(kind, out!, from!, terms, [0.7, stored!]);
      expectClose(await kernels.download(out!), expected, bound, `order ${order}, entry`);
      expectSame(await kernels.download(from!), x, `order ${order}, x`);
      kernels.free(all);
    }
  });

  deviceTest(`${kind}: a hundred terms in one call`, async (kernels) => {
    const [n, begin] = [5000, 77];
    const terms = seeds(100).map((seed, k): Term<Seed> => [Math.sin(k), seed]);
    const [x, expected] = [numbers(n, 1), new Float32Array(n)];
    jsSeeds.perturb(kind, expected, x, begin, terms);
    const [from, out] = [filled(kernels, x, begin), kernels.vector(n, begin)];
    kernels.perturb(kind, out, from, terms);
    const bound = magnitude(kind, x, begin, terms).map((sum) => gamma(202, ROUNDOFF) * sum);
    expectClose(await kernels.download(out), expected, bound);
    kernels.perturb(kind, out, from, []);
    expectSame(await kernels.download(out), x, "no terms: entry");
  });
}

deviceTest("a matrix that a device cannot bind or dispatch at once is done in pieces", async (whole) => {
  const small = await loadWebgpu({
    device: narrowed(whole.device, {
      maxBufferSize: 160_000,
      maxStorageBufferBindingSize: 12_288,
      maxComputeWorkgroupsPerDimension: 2,
    }),
  });
  const [rows, columns, rank, begin] = [173, 201, 3, 2 ** 35 + 11];
  const [x, a, b] = [numbers(rows * columns, 1), numbers(rank * rows, 2), numbers(rank * columns, 3)];
  const answers = [whole, small].map(async (kernels) => {
    const [v, left, right] = [filled(kernels, x, begin), filled(kernels, a), filled(kernels, b)];
    kernels.outer(v, v, begin, rank, left[0]!, right[0]!);
    return kernels.download(v);
  });
  const [expected, found] = await Promise.all(answers);
  expectSame(found!, expected!);
  small.close();
  assert.equal(small.live, 0);
});

deviceTest("calls take effect in the order in which they are made", async (kernels) => {
  const x = numbers(3000, 1);
  const v = filled(kernels, x);
  const before = [
    kernels.along("gaussian", seeds(2), v),
    kernels.dot(v, v),
    kernels.finite(v),
    kernels.download(v),
  ];
  kernels.perturb("rademacher", v, v, [[1e6, seeds(1)[0]!]]);
  kernels.clear(v);
  const [products, square, finite, there] = await Promise.all(before);
  const exact = jsSeeds.along("gaussian", seeds(2), x, 0);
  assert.ok(products instanceof Float64Array && there instanceof Float32Array);
  expectClose(products, exact, gamma(81, ROUNDOFF) * 3000 * 4.4);
  const sum = x.reduce((total, value) => total + value * value, 0);
  assert.ok(Math.abs(Number(square) - sum) <= gamma(82, ROUNDOFF) * sum);
  assert.equal(finite, true);
  expectSame(there, x);
  expectSame(await kernels.download(v), new Float32Array(3000));
});

deviceTest("vectors are copied, cleared and read in part, every bit of them", async (kernels) => {
  const x = numbers(5000, 1);
  x.set([1e-45, -0, Infinity, 3.4e38, -1e-40], 7);
  const v = filled(kernels, x, 100);
  const w = kernels.vector(1000, 3100);
  kernels.copy(w, v);
  expectSame(await kernels.download(w), x.subarray(3000, 4000));
  kernels.copy(moved(slice(v, 10, 2010), 3), v); // elements 113 to 2113 lie 3 places before those of v
  const expected = x.slice();
  expected.copyWithin(10, 13, 2013);
  expectSame(await kernels.download(v), expected);
  kernels.clear(slice(v, 1, 4999));
  expectSame(await kernels.download(v), expected.fill(0, 1, 4999));
  expectSame(await kernels.download([...slice(v, 4999, 5000), ...w, ...slice(v, 0, 1)]), [
    ...[expected[4999]!, ...x.subarray(3000, 4000), expected[0]!],
  ]);
});

deviceTest("finite sees every bit pattern that is no number", async (kernels) => {
  const x = numbers(9001, 1);
  const v = filled(kernels, x);
  x.set([3.4028234663852886e38, -3.4028234663852886e38, 1e-45, -0, 0], 5);
  kernels.upload(v, x);
  assert.equal(await kernels.finite(v), true);
  for (const [i, value] of [
    [0, Number.NaN],
    [9000, Infinity],
    [4095, -Infinity],
    [4096, -Number.NaN],
  ] as const) {
    const spoilt = x.slice();
    spoilt[i] = value;
    kernels.upload(v, spoilt);
    assert.equal(await kernels.finite(v), false, `${value} at ${i}`);
    assert.equal(await kernels.finite([...slice(v, 0, i), ...slice(v, i + 1, 9001)]), true);
  }
});

deviceTest("same sees every bit, and the sign of 0", async (kernels) => {
  const x = numbers(9001, 1);
  x.set([0, Number.NaN], 4095);
  const v = filled(kernels, x);
  assert.equal(await kernels.same(v, filled(kernels, x)), true);
  for (const [i, value] of [
    [0, 2],
    [4095, -0],
    [9000, x[9000]! * (1 + 2 ** -23)],
  ] as const) {
    const other = x.slice();
    other[i] = value;
    const w = filled(kernels, other);
    assert.equal(await kernels.same(v, w), false, `${value} at ${i}`);
    assert.equal(await kernels.same([...slice(v, 0, i), ...slice(v, i + 1, 9001)], w), true);
  }
});

deviceTest("dot over vectors that are cut elsewhere", async (kernels) => {
  const [x, y] = [numbers(20_001, 1), numbers(20_001, 2)];
  const [v, w] = [filled(kernels, x, 9), filled(kernels, y, 9)];
  let [sum, size] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    sum += x[i]! * y[i]!;
    size += Math.abs(x[i]! * y[i]!);
  }
  const cut = (all: DeviceVector, at: number): DeviceVector => [
    ...slice(all, at, 20_001),
    ...slice(all, 0, at),
  ];
  for (const [a, b] of [
    [v, w],
    [cut(v, 333), cut(w, 19_998)],
  ] as const) {
    const found = await kernels.dot(a, b);
    assert.ok(Math.abs(found - sum) <= 1.0001 * gamma(81, ROUNDOFF) * size, `${found}, not ${sum}`);
  }
});

deviceTest("vectors of no elements, and lists of no seeds", async (kernels) => {
  const none = kernels.vector(0);
  kernels.upload(none, new Float32Array());
  kernels.perturb("gaussian", none, none, [[1, seeds(1)[0]!]]);
  kernels.copy(none, none);
  kernels.clear(none);
  assert.equal((await kernels.download(none)).length, 0);
  assert.deepEqual([...(await kernels.along("gaussian", seeds(2), none))], [0, 0]);
  assert.deepEqual([...(await kernels.along("gaussian", [], kernels.vector(3)))], []);
  assert.deepEqual([...(await kernels.gram("gaussian", 0, seeds(1), seeds(2)))], [0, 0]);
  assert.equal(await kernels.dot(none, none), 0);
  assert.equal(await kernels.finite(none), true);
});

deviceTest("mistakes are named before anything is submitted", async (kernels) => {
  const v = kernels.vector(100);
  const [part] = v;
  assert.ok(part);
  const refuses = (work: () => void, message: RegExp): void => {
    assert.throws(work, { name: "RelizoError", code: "SHAPE", message });
  };
  refuses(
    () => kernels.perturb("gaussian", v, kernels.vector(99), []),
    /perturb: vector 2 of 2 lacks element 99/,
  );
  refuses(
    () => kernels.perturb("gaussian", slice(v, 0, 50), moved(slice(v, 10, 60), -10), []),
    /what is written and what is read overlap, 40 bytes apart/,
  );
  refuses(() => kernels.clear([{ ...part, offset: 2 }]), /clear: .*2 bytes/);
  refuses(
    () => kernels.upload([{ ...part, length: 101 }], new Float32Array(101)),
    /upload: .*a buffer of 400/,
  );
  refuses(() => kernels.upload(v, new Float32Array(99)), /upload: .*100 numbers/);
  refuses(() => kernels.vector(-1), /vector: /);
  const [a, b] = [kernels.vector(20)[0]!, kernels.vector(10)[0]!];
  refuses(() => kernels.outer(v, v, 0, 3, a, b), /outer: a and b must have as many numbers/);
  refuses(() => kernels.outer(v, v, 0, 0, a, b), /outer: a and b/);
  refuses(() => kernels.outer(v, v, 1, 1, a, b), /outer: it takes elements of 20 x 10 from 1 on/);
  refuses(() => kernels.outer(v, v, 0, 2, a, b), /outer: it takes elements of 10 x 5 from 0 on/);
  refuses(() => kernels.outer([a], v, 0, 1, a, b), /outer: what is written must not lie in a buffer of a or b/); // biome-ignore format: one line
  refuses(() => kernels.outer(v, kernels.vector(9), 0, 1, a, b), /outer: vector 2 of 2 lacks element 9/);
  await assert.rejects(kernels.download([{ ...part, begin: 0.5 }]), { code: "SHAPE" });
  await kernels.done();
});

test("buffers are counted", { skip }, async () => {
  const kernels = await loadWebgpu({ device: device!.device });
  const v = kernels.vector(1000);
  assert.equal(kernels.live, 1);
  kernels.perturb("rademacher", v, v, [[1, seeds(1)[0]!]]);
  assert.equal(kernels.live, 2); // with what shaders are told
  await Promise.all([
    kernels.gram("gaussian", 10, seeds(1), seeds(1)),
    kernels.along("rademacher", seeds(1), v),
    kernels.download(v),
    kernels.dot(v, v),
    kernels.finite(v),
  ]);
  assert.equal(kernels.live, 3); // with the table of normal numbers
  kernels.copy(slice(v, 0, 10), moved(slice(v, 90, 100), -90));
  assert.equal(kernels.live, 3);
  kernels.free(v);
  assert.equal(kernels.live, 2);
  kernels.close();
  assert.equal(kernels.live, 0);
});

test("an error of the device is told by what comes next", { skip }, async () => {
  const kernels = await loadWebgpu({ device: device!.device });
  const v = kernels.vector(10);
  kernels.free(v);
  kernels.perturb("gaussian", v, v, []);
  const refusal = {
    name: "RelizoError",
    code: "BACKEND",
    message: /webgpu: the device reports an error: .*destroyed/,
  };
  await assert.rejects(kernels.done(), refusal);
  assert.throws(() => kernels.clear(v), refusal);
  await assert.rejects(kernels.dot(v, v), refusal);
  kernels.close();
});

test("after close, and after the device is lost, calls say so", { skip }, async () => {
  const closed = await loadWebgpu();
  const v = closed.vector(10);
  const pending = closed.download(v);
  closed.close();
  await assert.rejects(pending, { code: "BACKEND", message: /closed/ });
  assert.throws(() => closed.vector(3), { code: "BACKEND", message: /closed/ });
  closed.close();
  const lost = await loadWebgpu();
  const w = lost.vector(10);
  lost.device.destroy();
  await lost.device.lost;
  await assert.rejects(lost.download(w), {
    code: "BACKEND",
    message: /the device was lost: .*Load the kernels anew/,
  });
  assert.throws(() => lost.clear(w), { code: "BACKEND" });
  lost.close();
  assert.equal(lost.live, 0);
  assert.equal(device!.vector(3).length, 1); // another device is as it was
});

test("what is no device, and unknown options, are refused", { skip }, async () => {
  const wrong: unknown = { queue: 1 };
  // @ts-expect-error: no device
  await assert.rejects(loadWebgpu({ device: wrong }), {
    code: "OPTION",
    message: /device must be a GPUDevice/,
  });
  const unknown = { adapter: 1 };
  // @ts-expect-error: no such option
  await assert.rejects(loadWebgpu(unknown), { code: "OPTION" });
});

const LOAD = `const { loadWebgpu } = await import(${address("src/kernel/index.ts")});`;
/** The same as one file, as users have it: it loads in a moment. */
const { outputFiles } = await build({
  stdin: {
    contents: 'import { loadWebgpu } from "./src/kernel/index.ts"; globalThis.loadWebgpu = loadWebgpu;',
    resolveDir: process.cwd(),
  },
  bundle: true,
  minify: true,
  format: "iife",
  platform: "node",
  write: false,
});
const BUNDLE = outputFiles[0]!.text;
const WORK = `
  const v = kernels.vector(100_000);
  kernels.perturb("gaussian", v, v, [[1, [1, 2, 3, 4]]]);
  const sum = kernels.dot(v, v);`;

/** What the script says: the square of a direction's length, rounded. */
const length = Math.round(jsSeeds.gram("gaussian", 100_000, [[1, 2, 3, 4]], [[1, 2, 3, 4]])[0]!);

for (const [what, script, status] of [
  ["nothing is done", "", 0],
  ["an answer was waited for", `${WORK} console.log(Math.round(await sum));`, 0],
  ["an answer is not waited for", `${WORK} sum.then((s) => console.log(Math.round(s)));`, 0],
  ["they are closed", `${WORK} console.log(Math.round(await sum)); kernels.close();`, 0],
  ["they are closed with work under way", `${WORK} sum.catch(() => {}); kernels.close();`, 0],
  ["the process exits in the middle of work", `${WORK} process.exit(7);`, 7],
  ["the script throws", `${WORK} await sum; throw new Error("on purpose");`, 1],
  [
    "nothing refers to them any more, of three that were loaded side by side",
    `await Promise.all([loadWebgpu(), loadWebgpu()]);
     await (async () => { ${WORK} await sum; })(); kernels = undefined;
     for (let i = 0; i < 3; i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 20)); }`,
    0,
  ],
] as const)
  test(`a script with WebGPU ends by itself: ${what}`, { skip }, () => {
    for (let time = 0; time < 3; time++) {
      const ended = evaluate(`${BUNDLE} let kernels = await loadWebgpu(); ${script}`, ["--expose-gc"]);
      assert.equal(ended.status, status, ended.said);
      if (script.includes("console.log")) assert.equal(ended.said, `${length}\n`);
    }
  });

test("a caller's device is shared and left alone", { skip }, () => {
  const { status, said } = evaluate(`
    import { create } from "webgpu";
    ${LOAD}
    globalThis.gpu = create([]);
    const adapter = await gpu.requestAdapter();
    const device = await adapter.requestDevice();
    let lost = false;
    device.lost.then(() => { lost = true; });
    for (const time of [1, 2]) {
      const kernels = await loadWebgpu({ device });
      const buffer = device.createBuffer({ size: 40, usage: 4 | 8 | 128 });
      const v = [{ buffer, offset: 0, length: 10, begin: 3 }];
      kernels.perturb("rademacher", v, v, [[time, [0, 0, 0, 0]]]);
      console.log((await kernels.download(v)).join(), kernels.live, kernels.adapter === "");
      kernels.close();
      await new Promise((resolve) => setTimeout(resolve, 10));
      console.log(lost, kernels.live);
      buffer.destroy();
    }
    device.destroy();`);
  // Random123, tests/kat_vectors: the first word is 0x531c7e4f, whose bits from the third on are 1 0 0 1 0 0 1 1 1 1.
  const signs = [0x531c7e4f].flatMap((word) =>
    Array.from({ length: 10 }, (_, i) => 1 - 2 * ((word >> (3 + i)) & 1)),
  );
  const twice = signs.map((sign) => 2 * sign);
  assert.equal(said, `${signs} 1 true\nfalse 0\n${twice} 1 true\nfalse 0\n`);
  assert.equal(status, 0);
});

test("without the package, loadWebgpu says what to install", () => {
  const hook = `export const resolve = (name, context, next) => {
    if (name === "webgpu") throw new Error("Cannot find package 'webgpu'");
    return next(name, context);
  };`;
  const { said } = evaluate(`
    import { register } from "node:module";
    register("data:text/javascript," + encodeURIComponent(${JSON.stringify(hook)}));
    ${LOAD}
    await loadWebgpu().catch((error) => console.log(error.name, error.code, error.message));`);
  assert.match(said, /^RelizoError BACKEND loadWebgpu: .*Cannot find package 'webgpu'.*npm install webgpu/);
});

test("a GPUDevice of the DOM's types is one of ours", () => {
  const accepted: readonly [(given: GPUDevice) => GpuDevice, (given: GPUBuffer) => DeviceVector] = [
    (given) => given,
    (buffer) => [{ buffer, offset: 0, length: 1, begin: 0 }],
  ];
  assert.equal(accepted.length, 2);
});
