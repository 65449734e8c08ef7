/** Runs along directions of low rank: the same bits everywhere, and those of a dense run along the same directions, to rounding. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { expectClose } from "../../test/expect-close.ts";
import { flat, parameters, SHAPES } from "../../test/low-rank-parameters.ts";
import { lowRankDirection } from "../../test/low-rank-reference.ts";
import { jsKernels } from "../kernel/js/index.ts";
import type { Method } from "../method/method.ts";
import { mezo } from "../method/mezo.ts";
import { prgf } from "../method/prgf.ts";
import { relizo } from "../method/relizo-method.ts";
import type { Walk, WalkState } from "../method/walk.ts";
import { zoSgd } from "../method/zo-sgd.ts";
import { Parameters } from "../parameters/parameters.ts";
import { keyOf } from "../sample/stream.ts";
import { denseSpace } from "../space/dense.ts";
import type { Space, Terms } from "../space/space.ts";
import { decode, encode } from "./checkpoint.ts";
import { type Backend, openKernels } from "./kernels.ts";
import { LIZO } from "./lizo.ts";
import type { LizoOptions } from "./lizo-options.ts";
import type { LizoState } from "./lizo-state.ts";
import type { RunState } from "./minimize.ts";

const trained = Object.entries(SHAPES).flatMap(([name, shape]) => (name === "frozen" ? [] : [shape]));
const OPTIONS = { rank: 2, lazy: 4 };

const START = flat(parameters());
const D = START.length;

function bowl(x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (1 + (i % 3)) * (x[i]! - 0.05) ** 2;
  return sum;
}

async function spaceOf(backend: Backend, copy: boolean) {
  return (await openKernels({ prefer: [backend] })).seeded({ directions: "low-rank", ...OPTIONS, copy });
}

const written = (seed: number, step: number, row: number): Float64Array =>
  lowRankDirection(trained, OPTIONS, keyOf({ seed, step }, row));

const RUNS: Readonly<Record<string, Partial<LizoOptions>>> = {
  "fixed steps": { lr: 0.05 },
  "a line search": { lineSearchFn: "backtracking", lr: 0.05 },
  "samples reused": { reuseDistanceBound: { steps: 3 }, maxReuseRate: 0.5, strictLr: true, lr: 0.01 },
};
const BASE = { seed: 4, sampleNorm: 1e-3, numSamplePerStep: 6, orthogonalSample: false } as const;

for (const [name, own] of Object.entries(RUNS)) {
  const run = async (backend: Backend, copy: boolean, resumeAt = -1) => {
    const space = await spaceOf(backend, copy);
    const model = parameters();
    let lizo = new LIZO(model, { ...BASE, ...own, space });
    const values: number[] = [];
    for (let k = 0; k < 12; k++) {
      if (k === resumeAt) {
        const stored = encode(lizo.stateDict());
        lizo = new LIZO(model, { ...BASE, ...own, space });
        lizo.loadStateDict(decode<LizoState>(stored));
      }
      values.push(lizo.step(() => bowl(flat(model))));
    }
    assert.deepEqual(model.get("frozen").data, new Float32Array(81));
    return { values, x: flat(model) };
  };

  test(`LIZO, ${name}: the same bits on wasm and js, with a copy and in place, and resumed`, async () => {
    const first = await run("js", true);
    assert.ok(first.values.at(-1)! < 0.995 * first.values[0]!, `${first.values}`);
    assert.deepEqual(await run("wasm", true), first);
    assert.deepEqual(await run("wasm", false), first);
    assert.deepEqual(await run("js", false), first);
    assert.deepEqual(await run("wasm", true, 5), first);
  });

  test(`LIZO, ${name}: the dense run along the same directions, to rounding`, async () => {
    const { values, x } = await run("js", true);
    const model = parameters();
    let step = 0;
    const lizo = new LIZO(model, {
      ...BASE,
      ...own,
      noise: (rows) =>
        Float64Array.from(
          Array.from({ length: rows }, (_, row) => [...written(BASE.seed, step, row)]).flat(),
          (z) => BASE.sampleNorm * z,
        ),
    });
    const expected = Array.from(values, (_, k) => {
      step = k;
      return lizo.step(() => bowl(flat(model)));
    });
    expectClose(values, expected, 1e-3 * expected[0]!); // float32 rounds x + dx
    expectClose(x, flat(model), 1e-3 * 0.1);
  });
}

const radius = 1e-3;
const METHODS: Readonly<Record<string, Method>> = {
  relizo: relizo({ radius, directions: "gaussian", samples: 6 }),
  "relizo with momentum": relizo({ radius, momentum: 0.5, lineSearch: "none", lr: 0.01, directions: "gaussian" }), // biome-ignore format: one line
  "zo-sgd": zoSgd({ radius, lr: 5e-5, momentum: 0.8, directions: "gaussian" }),
  mezo: mezo({ radius, lr: 1e-4, samples: 4 }),
  prgf: prgf({ radius, lr: 0.02 }),
};

for (const [name, method] of Object.entries(METHODS)) {
  const run = async (backend: Backend, copy: boolean, turns: readonly number[]) => {
    const space = await spaceOf(backend, copy);
    const model = parameters();
    const values: number[] = [];
    let resume: RunState | undefined;
    for (const maxSteps of turns) {
      const { outcome, state } = await space.minimize(
        () => values[values.push(bowl(flat(model))) - 1]!,
        model,
        { method, maxSteps, ...(resume ? { resume } : { seed: 3 }) },
      );
      assert.equal(outcome, "steps");
      resume = decode<RunState>(encode(state));
    }
    return { values, x: flat(model) };
  };

  test(`${name}: the same run on wasm and js, in place, and resumed; the dense one along the same directions, to rounding`, async () => {
    const first = await run("js", true, [15]);
    assert.ok(bowl(first.x) < 0.99 * bowl(START), `${bowl(first.x)} of ${bowl(START)}`);
    assert.deepEqual(await run("wasm", true, [15]), first);
    assert.deepEqual(await run("wasm", false, [15]), first);
    assert.deepEqual(await run("wasm", true, [1, 6, 15]), first);
    expectClose(first.values, dense(method, 15), 1e-3 * bowl(START));
  });
}

/** Every value asked by a walk over written-out directions. */
function dense(method: Method, turns: number): number[] {
  const rows = denseSpace<Float64Array>(D, (length) => new Float64Array(length), false);
  const space: Space<Float64Array> = {
    ...rows,
    draw: (count, { seed, step }, { scale }) =>
      Array.from({ length: count }, (_, row) => written(seed, step, row).map((z) => scale * z)),
  };
  const walk: Walk<Float64Array, WalkState> = method.over!(space);
  const x = Float64Array.from(START);
  const at = (terms: Terms<Float64Array>): Float64Array => {
    const out = x.slice();
    jsKernels.perturb(out, x, terms);
    return out;
  };
  const seen: number[] = [];
  for (let state = walk.init(3); state.step < turns; ) {
    const asked = walk.ask(state, 0);
    const values = asked.map((terms) => bowl(at(terms)));
    seen.push(...values);
    const told = walk.tell(state, asked, values, { land: (move) => move }, 0);
    state = told.state;
    if (told.move) x.set(at(told.move));
  }
  return seen;
}

test("rank, lazy and what they are for are checked at the door", async () => {
  const kernels = await openKernels();
  for (const wrong of [{ rank: 0 }, { rank: 1.5 }, { lazy: 0 }])
    assert.throws(() => kernels.seeded({ directions: "low-rank", ...wrong }), { code: "OPTION", message: /seeded: (rank|lazy) must be a whole number from 1/ }); // biome-ignore format: one line
  assert.throws(() => kernels.seeded({ rank: 3 }), {
    code: "OPTION",
    message: /rank and lazy need directions "low-rank", got 3/,
  });
});

test("a state of other matrices is refused, though there are as many numbers", async () => {
  const space = (await openKernels()).seeded({ directions: "low-rank", lazy: 5 });
  const f = (x: Parameters) => (): number => [...x].reduce((sum, { data }) => sum + (data[0]! - 1) ** 2, 0);
  const made = (shapes: Record<string, readonly number[]>) => {
    const x = Parameters.zeros(shapes);
    return { x, lizo: new LIZO(x, { space, sampleNorm: 1e-3 }) };
  };
  const { x, lizo } = made({ w: [8, 8] });
  lizo.step(f(x));
  const { state } = await space.minimize(f(x), x, { maxSteps: 2 });
  for (const shapes of [{ w: [4, 16] }, { w: [64] }, { a: [6, 6], b: [28] }, { a: [28], b: [6, 6] }]) {
    const other = made(shapes);
    assert.throws(() => other.lizo.loadStateDict(lizo.stateDict()), {
      code: "STATE",
      message: /low-rank 2, lazy 5, in (4x16|64|6x6, 28|28, 6x6)\)/,
    });
    await assert.rejects(space.minimize(f(other.x), other.x, { resume: state }), { code: "STATE" });
  }
  made({ w: [8, 8] }).lizo.loadStateDict(lizo.stateDict());
  const many = (last: number): Record<string, readonly number[]> =>
    Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`t${i}`, [4, i === 89 ? last : 5]]));
  const [first, second] = [made(many(6)), made({ ...many(5), t88: [4, 6] })];
  first.lizo.step(f(first.x));
  assert.throws(() => second.lizo.loadStateDict(first.lizo.stateDict()), { code: "STATE" });
});
