import assert from "node:assert/strict";
import { test } from "node:test";
import { mezo } from "../method/mezo.ts";
import { prgf } from "../method/prgf.ts";
import { relizo } from "../method/relizo-method.ts";
import { zoAdamm } from "../method/zo-adamm.ts";
import { zoSgd } from "../method/zo-sgd.ts";
import { decode, encode } from "./checkpoint.ts";
import { openKernels } from "./kernels.ts";
import { minimize, type Progress, type RunState } from "./minimize.ts";

const D = 2000;
const START = Float32Array.from({ length: D }, (_, i) => 0.1 * Math.sin(i));

function bowl(x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (1 + (i % 3)) * (x[i]! - 0.05) ** 2;
  return sum;
}

const radius = 1e-3;
const METHODS = {
  relizo: relizo({ radius }),
  "relizo with momentum": relizo({ radius, momentum: 0.5, lineSearch: "none", lr: 0.02 }),
  "zo-sgd": zoSgd({ radius, lr: 1e-4, momentum: 0.9 }),
  mezo: mezo({ radius, lr: 1e-5, samples: 4 }),
  prgf: prgf({ radius, lr: 0.02 }),
};

for (const [name, method] of Object.entries(METHODS))
  for (const directions of ["rademacher", "gaussian"] as const)
    test(`${name} over seeds, ${directions}: the same run on wasm and js, in place, and resumed; queries are exact`, async () => {
      const run = async (backend: "wasm" | "js", copy: boolean, turns: readonly number[]) => {
        const space = (await openKernels({ prefer: [backend] })).seeded({ directions, copy });
        const x = START.slice();
        let asked = 0;
        let resume: RunState | undefined;
        const values: number[] = [];
        for (const maxSteps of turns) {
          const solution = await minimize(
            (given) => {
              assert.equal(given, x);
              asked++;
              values.push(bowl(given));
              return bowl(given);
            },
            x,
            { space, method, maxSteps, maxQueries: 1e6, ...(resume ? { resume } : { seed: 3 }) },
          );
          assert.equal(solution.outcome, "steps");
          assert.equal(solution.x, x);
          assert.equal(solution.queries, asked);
          resume = decode<RunState>(encode(solution.state));
        }
        return { values, x };
      };
      const first = await run("js", true, [20]);
      assert.ok(bowl(first.x) < 0.998 * bowl(START), `${bowl(first.x)} of ${bowl(START)}`);
      assert.deepEqual(await run("wasm", true, [20]), first);
      assert.deepEqual(await run("wasm", false, [20]), first);
      assert.deepEqual(await run("wasm", true, [1, 7, 13, 20]), first);
    });

test("a state that an observer stored is a state to go on from", async () => {
  const space = (await openKernels()).seeded();
  const run = async (x: Float32Array, own: object): Promise<number[]> => {
    const values: number[] = [];
    await space.minimize(() => values[values.push(bowl(x)) - 1]!, x, {
      method: METHODS.relizo,
      maxSteps: 12,
      ...own,
    });
    return values;
  };
  const whole = START.slice();
  let stored = "";
  let then = new Float32Array();
  let told = 0;
  const all = await run(whole, {
    onStep: ({ step, queries, state }: Progress) => {
      if (step !== 8 || stored) return;
      stored = encode(state);
      then = whole.slice();
      told = queries;
    },
  });
  const rest = await run(then, { resume: decode(stored) });
  assert.deepEqual(rest, all.slice(told));
  assert.deepEqual(then, whole);
});

test("target, failures and interruptions: the parameters end at the iterate, whatever f does", async () => {
  const space = (await openKernels()).seeded();
  const x = START.slice();
  const { outcome, value } = await space.minimize(() => bowl(x), x, {
    target: 0.97 * bowl(START),
    maxQueries: 1e5,
  });
  assert.equal(outcome, "target");
  assert.ok(value <= 0.97 * bowl(START));
  assert.ok(Math.abs(bowl(x) - value) <= 1e-9 * value, `${bowl(x)} for ${value}`);

  const stay = START.slice();
  const failed = await space.minimize(() => Promise.reject(new Error("no answer")), stay, {});
  assert.equal(failed.outcome, "failed");
  assert.match(failed.message, /no answer/);
  assert.deepEqual(stay, START);

  const controller = new AbortController();
  let count = 0;
  const aborted = await space.minimize(
    () => {
      if (++count === 3) controller.abort();
      return bowl(stay);
    },
    stay,
    { signal: controller.signal },
  );
  assert.equal(aborted.outcome, "aborted");
  assert.equal(aborted.queries, count);
  assert.deepEqual(stay, START);
});

test("what cannot be over seeds is refused before a query", async () => {
  const space = (await openKernels()).seeded();
  const x = START.slice();
  const f = (): never => assert.fail("asked");
  const wrong: readonly (readonly [Promise<unknown>, RegExp])[] = [
    [
      space.minimize(f, x, { method: zoAdamm() }),
      /method must be relizo, zo-sgd, prgf or mezo, got "zo-adamm"/,
    ],
    // @ts-expect-error no bounds
    [space.minimize(f, x, { bounds: { lower: 0 } }), /bounds must be left out, got Object with keys lower/],
    // @ts-expect-error no such option
    [space.minimize(f, x, { maxQuery: 3 }), /must be one of .*maxQueries.*, got "maxQuery"/],
    // @ts-expect-error float64
    [space.minimize(f, new Float64Array(3)), /needs parameters in Float32Array/],
    [space.minimize(f, Float32Array.of(1, Number.NaN)), /must be a finite number, got NaN/],
    [space.minimize(f, []), /must hold at least one number/],
    // @ts-expect-error no function
    [space.minimize(3, x), /the objective must be a function, got 3/],
  ];
  const words: readonly (readonly [Promise<unknown>, RegExp])[] = [
    // @ts-expect-error seeds need kernels
    [minimize(f, x, { space: "seeded" }), /space must be "dense" or kernels.seeded\(\), got "seeded"/],
    [minimize(f, START, { space: "dense", maxQuery: 3 } as object), /must be one of .*space, got "maxQuery"/],
    [
      minimize(f, x, { space, maxQuery: 3 } as { space: typeof space }),
      /must be one of .*space, got "maxQuery"/,
    ],
    [minimize(f, new Float64Array(3), { space }), /needs parameters in Float32Array/],
  ];
  for (const [promise, message] of [...wrong, ...words])
    await assert.rejects(promise, { name: "RelizoError", message });
  const { state } = await space.minimize(() => bowl(x), x, { maxQueries: 30 });
  await assert.rejects(space.minimize(f, x.subarray(1), { resume: state, method: zoSgd() }), {
    code: "STATE",
  });
});

test("a run that its target ended goes on under a lower one; one whose target is met already asks nothing", async () => {
  const space = (await openKernels()).seeded();
  const x = START.slice();
  const first = await minimize(() => bowl(x), x, { space, target: 0.9 * bowl(START) });
  assert.equal(first.outcome, "target");
  const next = await minimize(() => bowl(x), x, {
    space,
    resume: decode(encode(first.state)),
    target: 0.8 * bowl(START),
  });
  assert.deepEqual([next.outcome, next.queries > first.queries], ["target", true]);
  assert.ok(next.value <= 0.8 * bowl(START) && Math.abs(bowl(x) - next.value) <= 1e-6 * next.value);
  const resume = next.state;
  const met = await minimize(() => assert.fail("asked"), x, { space, resume, target: next.value });
  assert.deepEqual([met.outcome, met.queries], ["target", next.queries]);
});

test("a state of another dimension, method or kind of directions is refused, and options are read at the door", async () => {
  const kernels = await openKernels();
  const space = kernels.seeded();
  const x = START.slice();
  const { state: resume } = await space.minimize(() => bowl(x), x, { maxQueries: 60 });
  const f = (): never => assert.fail("asked");
  const own = /must be the state of a run of .* over seeds \(.*\) in \d+ dimensions/;
  const wrong: readonly (readonly [Promise<unknown>, RegExp])[] = [
    [space.minimize(f, new Float32Array(D + 1), { resume }), own],
    [space.minimize(f, x, { resume, method: zoSgd() }), own],
    [kernels.seeded({ directions: "gaussian" }).minimize(f, x, { resume }), own],
    [space.minimize(f, x, { target: Number.NaN }), /target must be a number/],
    [space.minimize(f, x, { target: "2" } as object), /target must be a number/],
    [space.minimize(f, x, [] as object), /the options must be an object/],
    [space.minimize(f, x, { method: null } as object), /method must be a method/],
    [space.minimize(f, x, { method: relizo({ directions: "coordinate" }) }), /must be left out, got "coord/],
    [space.minimize(f, x, { method: mezo({ directions: "orthogonal" }) }), /must be left out, got "orth/],
  ];
  for (const [promise, message] of wrong) await assert.rejects(promise, { name: "RelizoError", message });
});
