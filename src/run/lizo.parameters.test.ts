/** LIZO and what it is given to move: arrays, groups, precisions, minibatches, stored states, mistakes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { expectClose, expectSame } from "../../test/expect-close.ts";
import { bowl, rounded, START, VARIANTS } from "../../test/lizo-variants.ts";
import { RelizoError } from "../error.ts";
import type { Reals } from "../kernel/kernels.ts";
import { relizo } from "../method/relizo-method.ts";
import { decode, encode } from "./checkpoint.ts";
import { LIZO } from "./lizo.ts";
import type { LizoOptions } from "./lizo-options.ts";
import { minimize } from "./minimize.ts";

test("groups move by their own learning rate and weight decay, as by hand", () => {
  // f is linear and n = d, so the estimate is the gradient c, and x <- x - lr (c + decay x) group by group.
  const c = [3, -1, 2, 0.5, -4];
  const [a, b, e] = [Float64Array.of(1, 2), Float64Array.of(-1), Float64Array.of(0.5, 4)];
  const flat = (): number[] => [...a, ...b, ...e];
  const f = (): number => flat().reduce((sum, xi, i) => sum + c[i]! * xi, 0);
  const groups = [
    { parameters: [a, b], lr: 0.1 },
    { parameters: e, lr: 0.02, weightDecay: 0.3 },
  ];
  const lizo = new LIZO(groups, { sampleNorm: 1, weightDecay: 0.05, numSamplePerStep: 5 });
  const x = flat();
  for (let k = 0; k < 4; k++) {
    if (k === 2) {
      Object.assign(lizo.groups[0]!, { lr: 0.5, weightDecay: 0 });
      Object.assign(lizo.groups[1]!, { lr: 0.01 });
    }
    const lrs = k < 2 ? [0.1, 0.1, 0.1, 0.02, 0.02] : [0.5, 0.5, 0.5, 0.01, 0.01];
    const decays = k < 2 ? [0.05, 0.05, 0.05, 0.3, 0.3] : [0, 0, 0, 0.3, 0.3];
    lizo.step(f);
    for (let i = 0; i < 5; i++) x[i]! -= lrs[i]! * (c[i]! + decays[i]! * x[i]!);
    // f is about 10, its differences about 1: 1e-14 of it through a system whose condition is below 1e2.
    expectClose(flat(), x, 1e-11, `step ${k}, coordinate`);
  }
});

test("weight decay and learning rate of a single group may change between steps", () => {
  const x = Float64Array.of(1, 2);
  const f = (): number => 3 * x[0]! - x[1]!;
  const lizo = new LIZO(x, { sampleNorm: 1, lr: 0.1 });
  lizo.step(f);
  expectClose(x, [0.7, 2.1], 1e-12);
  Object.assign(lizo.groups[0]!, { lr: 0.2, weightDecay: 0.5 });
  lizo.step(f);
  expectClose(x, [0.7 - 0.2 * (3 + 0.35), 2.1 - 0.2 * (-1 + 1.05)], 1e-12);
  for (const wrong of [{ lr: -1 }, { lr: Number.NaN }, { weightDecay: -0.1 }]) {
    const before = { ...lizo.groups[0]! };
    Object.assign(lizo.groups[0]!, wrong);
    assert.throws(
      () => lizo.step(() => assert.fail("asked")),
      (error) => error instanceof RelizoError && /parameter group 0/.test(error.message),
    );
    Object.assign(lizo.groups[0]!, before);
  }
});

test("one array, several arrays and groups of one kind are the same run", () => {
  const options = { lr: 0.02, lineSearchFn: "backtracking", reuseDistanceBound: { steps: 2 } } as const;
  const split = (...ends: number[]): Float64Array[] =>
    ends.map((end, i) => Float64Array.from(START.slice(i === 0 ? 0 : ends[i - 1], end)));
  const whole = Float64Array.from(START);
  const [parts, grouped] = [split(2, 5, 6), split(4, 6)];
  const runs = [
    { lizo: new LIZO(whole, options), arrays: [whole] },
    { lizo: new LIZO(parts, options), arrays: parts },
    {
      lizo: new LIZO(
        grouped.map((parameters) => ({ parameters })),
        options,
      ),
      arrays: grouped,
    },
  ];
  for (let k = 0; k < 12; k++)
    for (const { lizo, arrays } of runs) {
      const flat = (): number[] => arrays.flatMap((array) => [...array]);
      lizo.step(() => bowl(flat()));
      // Groups measure the direction in passes of their own: rounding of 1e-16 f over samples of 1e-5, step after step.
      if (arrays === grouped) expectClose(flat(), whole, 1e-6);
      else expectSame(flat(), whole, `step ${k}, coordinate`);
    }
});

test("float32 parameters stay float32, and end where float64 ones do, to their precision", () => {
  const [x, y] = [Float64Array.from(START), Float32Array.from(START)];
  const options = { lr: 0.02, sampleNorm: 0.01, numSamplePerStep: 6 };
  const [a, b] = [new LIZO(x, options), new LIZO(y, options)];
  for (let k = 0; k < 60; k++) {
    a.step(() => bowl(x));
    b.step(() => bowl(y));
  }
  // x + dx is rounded by 2^-24 |x|, 6e-8 in 0.01: slopes are off by 1e-5 of themselves, and so are the points they lead to.
  expectClose(y, x, 1e-3);
  assert.ok(bowl(y) < 0.02 * bowl(START));
});

test("float32 beside float64 parameters keep what is known: x is where they are", () => {
  const [x, y] = [Float32Array.from(START.slice(0, 3)), Float64Array.from(START.slice(3))];
  const z = Float64Array.from(START);
  const options = { lr: 0.02, lineSearchFn: "backtracking", reuseDistanceBound: { steps: 2 } } as const;
  const [mixed, plain] = [new LIZO([x, y], options), new LIZO(z, options)];
  for (let k = 0; k < 3; k++) {
    mixed.step(() => bowl([...x, ...y]));
    plain.step(() => bowl(z));
  }
  assert.deepEqual(mixed.numReuse, plain.numReuse);
  assert.deepEqual([mixed.numQueries, Math.max(...mixed.numReuse)], [plain.numQueries, 5]);
});

test("parameters changed between steps: the history is of another point, and is forgotten", () => {
  const x = Float64Array.from(START);
  const lizo = new LIZO(x, {
    lr: 0.02,
    reuseDistanceBound: 100,
    maxReuseRate: 0.5,
    lineSearchFn: "backtracking",
  });
  for (let k = 0; k < 4; k++) lizo.step(() => bowl(x));
  assert.ok(lizo.numReuse.at(-1)! > 0);
  x[0]! += 0.5;
  const moved = bowl(x);
  let called = 0;
  const start = lizo.step(() => {
    if (called++ === 0) assert.equal(bowl(x), moved, "f is asked anew where the parameters are now");
    return bowl(x);
  });
  assert.equal(start, moved);
  assert.equal(lizo.numReuse.at(-1), 0);
  assert.ok(bowl(x) < moved);
  lizo.step(() => bowl(x));
  assert.ok(lizo.numReuse.at(-1)! > 0, "and builds up again");
});

for (const [name, options] of Object.entries(VARIANTS).filter(([name]) => name !== "reference"))
  test(`${name}: with the batch named, constants that differ between batches change nothing`, () => {
    // The reference's arithmetic is left out: it has no batches, and mixes them; see defects.test.ts.
    const run = (constants: boolean): Float64Array => {
      const x = Float64Array.from(START);
      const lizo = new LIZO(x, { ...options, sampleNorm: 0.01 });
      for (let k = 0; k < 20; k++) {
        const batch = Math.floor(k / 3) % 4;
        lizo.step(() => rounded(x) + (constants ? 4096 * batch : 0), { batch });
      }
      return x;
    };
    expectSame(run(true), run(false));
  });

test("a line search broken off is not carried into another batch", () => {
  const run = (constant: number): Float64Array => {
    const x = Float64Array.from(START);
    const lizo = new LIZO(x, { lr: 0.02, lineSearchFn: "backtracking", sampleNorm: 0.01 });
    let called = 0;
    assert.throws(() =>
      lizo.step(() => {
        if (called++ > START.length) throw new Error("in the first trial");
        return rounded(x);
      }),
    );
    const start = lizo.step(() => rounded(x) + constant, { batch: 1 });
    assert.equal(start, rounded(START) + constant);
    return x;
  };
  expectSame(run(4096), run(0));
});

test("LIZO and minimize are the same method: bit for bit in float64", async () => {
  const x = Float64Array.from(START);
  const lizo = new LIZO(x, {
    lr: 0.02,
    numSamplePerStep: 4,
    sampleNorm: 1e-4,
    orthogonalSample: false,
    reuseDistanceBound: { steps: 2 },
    maxReuseRate: 0.5,
    lineSearchFn: "backtracking",
    seed: 12,
  });
  const method = relizo({
    lr: 0.02,
    samples: 4,
    radius: 1e-4,
    directions: "gaussian",
    reuse: "samples",
    reuseSteps: 2,
    maxReuse: 0.5,
    lineSearch: "armijo",
  });
  const [asked, others]: [number[][], number[][]] = [[], []];
  for (let k = 0; k < 15; k++)
    lizo.step(() => {
      asked.push([...x]);
      return bowl(x);
    });
  const solution = await minimize(
    (point) => {
      others.push([...point]);
      return bowl(point);
    },
    START,
    { method, seed: 12, maxSteps: 15 },
  );
  assert.equal(others.length, asked.length);
  asked.forEach((point, k) => {
    expectSame(others[k]!, point, `query ${k}, coordinate`);
  });
  expectSame(solution.state.state.x, x);
});

test("orthogonal LIZO and minimize agree to rounding where the signs of directions do not matter", async () => {
  // On a linear function every orthogonal draw of d directions gives the same estimate.
  const c = [3, -1, 2, 0.5, -4, 1];
  const f = (x: ArrayLike<number>): number => c.reduce((sum, ci, i) => sum + ci * x[i]!, 0);
  const x = Float64Array.from(START);
  const lizo = new LIZO(x, { lr: 0.01, sampleNorm: 1, numSamplePerStep: 6 });
  for (let k = 0; k < 5; k++) lizo.step(() => f(x));
  const method = relizo({
    lr: 0.01,
    radius: 1,
    samples: 6,
    directions: "orthogonal",
    lineSearch: "none",
    reuse: "none",
  });
  const solution = await minimize(f, START, { method, maxSteps: 5 });
  expectClose(solution.state.state.x, x, 1e-12);
});

const refused = (run: () => unknown, code: string, words: RegExp): void => {
  assert.throws(
    run,
    (error) => error instanceof RelizoError && error.code === code && words.test(error.message),
    String(words),
  );
};

test("what cannot be is refused with a sentence", () => {
  const x = Float64Array.from(START);
  const lizo = new LIZO(x);
  const nothing = (): number => decode<{ value: number }>(encode({})).value;
  refused(() => lizo.step(nothing), "VALUE", /closure must return a number, got undefined/);
  expectSame(x, START);
  refused(() => lizo.step(() => decode<number>(encode("1"))), "VALUE", /must return a number, got "1"/);
  refused(() => lizo.step(decode<() => number>(encode(null))), "OPTION", /must be a function, got null/);
  for (const [options, words] of [
    [{ bacth: 1 }, /LIZO.step: an option must be one of batch, got "bacth"/],
    [null, /LIZO.step: the options must be an object, got null/],
    [[], /LIZO.step: the options must be an object, got Array of 0/],
  ] as const)
    refused(() => lizo.step(() => assert.fail("asked"), decode(encode(options))), "OPTION", words);
  const bound = decode<{ steps: number }>(encode({ steps: 1, max: 2 }));
  refused(
    () => new LIZO(x, { reuseDistanceBound: bound }),
    "OPTION",
    /reuseDistanceBound must be null, { steps/,
  );
  refused(() => lizo.step(() => 1, { batch: 0.5 }), "OPTION", /batch must be a whole number .*, got 0.5/);
  refused(() => new LIZO(new Float64Array(0)), "SHAPE", /at least one number/);
  refused(() => new LIZO([x, x]), "SHAPE", /must not share memory/);
  refused(
    () => new LIZO(Float64Array.of(1, Number.NaN)),
    "VALUE",
    /parameter \[1\] must be a finite number, got NaN/,
  );
  refused(() => new LIZO(decode<Reals>(encode([1, 2]))), "OPTION", /parameters must be/);
  refused(() => new LIZO(decode<Reals>(encode({}))), "OPTION", /parameters must be/);
  refused(() => new LIZO([{ parameters: x, lr: -1 }]), "OPTION", /parameter group 0: lr must be .* got -1/);
  const stray = decode<[{ parameters: Reals }]>(encode([{ parameters: x, learning: 1 }]));
  refused(() => new LIZO(stray), "OPTION", /one of parameters, lr, weightDecay, got "learning"/);
  refused(
    () => new LIZO(x, { noise: () => Float64Array.of(1) }).step(() => 1),
    "SHAPE",
    /noise must give 6 x 6 numbers, got Float64Array of 1/,
  );
});

test("a step begun before the last one ended is refused, and so is loading a state meanwhile", async () => {
  const x = Float64Array.from(START);
  const lizo = new LIZO(x, { lr: 0.02 });
  const first = lizo.step(async () => bowl(x));
  refused(() => lizo.step(async () => bowl(x)), "STATE", /await the last step/);
  refused(() => lizo.loadStateDict(lizo.stateDict()), "STATE", /await the last step/);
  await first;
  await lizo.step(async () => bowl(x));
  assert.ok(bowl(x) < bowl(START));
});

test("a state of other parameters, of another version, or damaged is refused, and nothing changes", () => {
  const make = (parameters: Reals): LIZO =>
    new LIZO(parameters, { reuseDistanceBound: 10, maxReuseRate: 0.5 });
  const [x, single] = [Float64Array.from(START), Float32Array.from(START)];
  const [lizo, other] = [make(x), make(single)];
  lizo.step(() => bowl(x));
  other.step(() => bowl(single));
  const state = lizo.stateDict();
  for (const [wrong, words] of [
    [make(Float64Array.of(1, 2)).stateDict(), /version 1, 6 parameters \(Float64Array, dense\), 1 groups/],
    [other.stateDict(), /Float64Array/],
    [{ ...state, version: 2 } as unknown as typeof state, /version 1/],
    [decode<typeof state>(encode({})), /version 1/],
    [decode<typeof state>(encode({ version: 1 })), /version 1/],
    [decode<typeof state>(encode(null)), /got null/],
  ] as const)
    refused(() => lizo.loadStateDict(wrong), "STATE", words);
  assert.deepStrictEqual(lizo.stateDict(), state);
});

test("a state with a part missing, or of another length, is refused part by part", () => {
  const x = Float64Array.from(START);
  const options = { reuseDistanceBound: 10, maxReuseRate: 0.5, sampleMomentum: 0.1 } as const;
  const lizo = new LIZO(x, { ...options, lineSearchFn: "backtracking" });
  lizo.step(() => bowl(x));
  let called = 0;
  assert.throws(() => lizo.step(() => (++called > 4 ? decode("") : bowl(x)))); // amid the line search
  const state = lizo.stateDict();
  const { walk } = state;
  const { history, turn, last } = walk;
  assert.ok(turn && last && history.rows.length > 0);
  const short = new Float64Array(START.length - 1);
  const single = new Float32Array(START.length);
  const walks: readonly object[] = [
    ...Object.keys(walk).flatMap((key) => (key === "turn" || key === "last" ? [] : [{ [key]: undefined }])),
    { step: "1" },
    { history: null },
    { history: { ...history, rows: [short, ...history.rows.slice(1)] } },
    { history: { ...history, rows: [single, ...history.rows.slice(1)] } },
    { history: { rows: history.rows, values: history.values } },
    { history: { ...history, gram: history.gram.slice(1) } },
    { history: { ...history, values: history.values.slice(1) } },
    { turn: { ...turn, samples: { ...turn.samples, rows: [short] } } },
    { turn: { ...turn, p: short } },
    { last: { ...last, p: short } },
  ];
  const wrong: object[] = walks.map((part) => ({ ...state, walk: { ...walk, ...part } }));
  wrong.push({ ...state, walk: undefined }, { ...state, walk: "far" });
  wrong.push({ ...state, groups: [{}] }, { ...state, numQueries: null });
  for (const damaged of wrong)
    refused(() => lizo.loadStateDict(decode(encode(damaged))), "STATE", /version 1/);
  assert.deepStrictEqual(lizo.stateDict(), state);
  lizo.loadStateDict(decode(encode(state)));
  assert.deepStrictEqual(lizo.stateDict(), state);
});

test("a step too long for the parameters' precision is not taken", () => {
  const tooLong: readonly Partial<LizoOptions>[] = [
    { lr: 1e39 },
    { lr: 1e39, strictLr: true },
    { lineSearchFn: () => 1e39 },
    { lineSearchFn: () => -1e39 },
  ];
  for (const options of tooLong)
    for (const beside of [0, 2]) {
      const [x, y] = [Float32Array.from(START), new Float64Array(beside).fill(3)];
      const lizo = new LIZO(beside ? [x, y] : x, { sampleNorm: 0.01, ...options });
      for (let k = 0; k < 3; k++) {
        lizo.step(() => x.reduce((sum, xi, i) => sum + (i + 1) * xi, 0));
        expectSame([...x, ...y], [...START, ...new Float64Array(beside).fill(3)], "coordinate");
        assert.equal(lizo.lastLr, 0);
      }
    }
});
