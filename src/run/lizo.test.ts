import assert from "node:assert/strict";
import { test } from "node:test";
import { expectClose, expectSame } from "../../test/expect-close.ts";
import { bowl, halving, START, VARIANTS } from "../../test/lizo-variants.ts";
import { slopes } from "../reuse/slopes.ts";
import { decode, encode } from "./checkpoint.ts";
import { LIZO } from "./lizo.ts";
import type { LineSearch } from "./lizo-options.ts";

for (const [name, options] of Object.entries(VARIANTS)) {
  test(`${name}: it goes down, and counts every call`, () => {
    const x = Float64Array.from(START);
    const lizo = new LIZO(x, options);
    let called = 0;
    const closure = (): number => {
      called++;
      return bowl(x);
    };
    for (let k = 0; k < 40; k++) {
      const here = bowl(x);
      const before = x.slice();
      const start = lizo.step(closure);
      if (name !== "reference") expectClose([start], [here], 1e-12 * here, "what step returns");
      assert.equal(lizo.numQueries, called);
      assert.equal(lizo.numReuse.length, k + 1);
      // The direction's length comes from the solve, which keeps at least half of the digits.
      const moved = Math.hypot(...x.map((xi, i) => xi - before[i]!));
      assert.ok(Math.abs(lizo.lastLr - moved) <= 1e-7 * moved + 1e-14, `${lizo.lastLr} for ${moved}`);
    }
    assert.ok(bowl(x) < 0.3 * bowl(START), `ended at ${bowl(x)}`);
  });

  test(`${name}: closures that answer later give the same run`, async () => {
    const [x, y] = [Float64Array.from(START), Float64Array.from(START)];
    const [now, later] = [new LIZO(x, options), new LIZO(y, options)];
    for (let k = 0; k < 15; k++) {
      const value = now.step(() => bowl(x));
      assert.equal(typeof value, "number");
      const promise = later.step(async () => bowl(y));
      assert.ok(promise instanceof Promise);
      assert.equal(await promise, value);
      expectSame(y, x, `step ${k}, coordinate`);
    }
    assert.deepStrictEqual(later.stateDict(), now.stateDict());
  });

  test(`${name}: stored after every step, a fresh optimizer goes on bit for bit`, () => {
    const x = Float64Array.from(START);
    const lizo = new LIZO(x, options);
    const path = (k: number): Float64Array => {
      const y = Float64Array.from(START);
      const whole = new LIZO(y, options);
      for (let j = 0; j < k; j++) whole.step(() => bowl(y));
      return y;
    };
    for (let k = 0; k < 8; k++) {
      for (const copy of [
        lizo.stateDict(),
        decode<ReturnType<LIZO["stateDict"]>>(encode(lizo.stateDict())),
      ]) {
        const y = x.slice();
        const fresh = new LIZO(y, options);
        fresh.loadStateDict(copy);
        for (let j = 0; j < 4; j++) fresh.step(() => bowl(y));
        expectSame(y, path(k + 4), `stored after ${k}, coordinate`);
      }
      lizo.step(() => bowl(x));
    }
  });

  test(`${name}: whatever query fails, the parameters are what they were, and the next step goes on`, async () => {
    for (let at = 1; at <= 14; at++)
      for (const wait of [false, true]) {
        const [x, y] = [Float64Array.from(START), Float64Array.from(START)];
        const [lizo, twin] = [new LIZO(x, options), new LIZO(y, options)];
        let called = 0;
        const closure = (): number => {
          if (++called === at) throw new Error("no memory");
          return bowl(x);
        };
        for (let k = 0; k < 4; k++) {
          const before = x.slice();
          try {
            if (wait) await lizo.step(async () => closure());
            else lizo.step(closure);
          } catch (error) {
            assert.ok(error instanceof Error && error.message === "no memory");
            expectSame(x, before, "coordinate");
            assert.equal(lizo.numReuse.length, k, "the step has not ended");
            lizo.step(() => bowl(x)); // now it does
          }
          twin.step(() => bowl(y));
          // Samples asked again are the same, and a line search that was broken off goes on where it was.
          expectSame(x, y, `query ${at}, step ${k}, coordinate`);
          assert.equal(lizo.numReuse.length, k + 1);
        }
      }
  });

  test(`${name}: where every query fails x stays, and step says so`, () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const x = Float64Array.from(START);
      const lizo = new LIZO(x, options);
      for (let k = 0; k < 3; k++) {
        assert.ok(!Number.isFinite(lizo.step(() => bad)));
        expectSame(x, START, "coordinate");
        assert.equal(lizo.lastLr, 0);
      }
      lizo.step(() => bowl(x));
      assert.ok(bowl(x) < bowl(START), "and then it goes on");
    }
  });

  test(`${name}: the same seed is the same run, another seed another`, () => {
    const run = (seed: number): Float64Array => {
      const x = Float64Array.from(START);
      const lizo = new LIZO(x, { ...options, numSamplePerStep: 3, seed });
      for (let k = 0; k < 5; k++) lizo.step(() => bowl(x));
      return x;
    };
    expectSame(run(5), run(5));
    assert.notDeepEqual(run(5), run(6));
  });
}

test("a failed sample is left out, and the others are enough to move", () => {
  for (let bad = 1; bad <= 4; bad++) {
    const x = Float64Array.from(START);
    const lizo = new LIZO(x, { numSamplePerStep: 4, lr: 0.01 });
    let called = 0;
    lizo.step(() => (called++ === bad ? Number.NaN : bowl(x)));
    assert.ok(bowl(x) < bowl(START));
  }
});

test("a line-search trial of -Infinity is a failed query, not a descent", () => {
  const x = Float64Array.from(START);
  const lizo = new LIZO(x, { lr: 0.02, lineSearchFn: "backtracking" });
  let called = 0;
  lizo.step(() => (++called === START.length + 2 ? Number.NEGATIVE_INFINITY : bowl(x)));
  assert.ok(called > START.length + 2, "it was asked");
  assert.ok(bowl(x) < bowl(START));
});

test("a line search of one's own is told the values, slopes and lengths that are true", () => {
  const c = [3, -1, 2];
  const x = Float64Array.of(1, 1, 1);
  const f = (): number => x.reduce((sum, xi, i) => sum + c[i]! * xi, 0);
  const norm = Math.hypot(...c);
  const lizo = new LIZO(x, {
    sampleNorm: 1,
    lr: 0.1,
    lineSearchFn(phi, value, slope, first) {
      expectClose([value, slope, first], [4, -norm, 0.1 * norm], 1e-11, "argument");
      const trial = phi(2);
      assert.ok(typeof trial === "number");
      expectClose([trial], [4 - 2 * norm], 1e-11, "phi(2)");
      return 3;
    },
  });
  lizo.step(f);
  const landed = c.map((ci) => 1 - (3 * ci) / norm);
  expectClose(x, landed, 1e-11);
  expectClose([lizo.lastLr], [3], 1e-11);
});

test("a line search of one's own may throw, or answer nonsense: x stays, and it is called again", () => {
  const x = Float64Array.from(START);
  let calls = 0;
  const lizo = new LIZO(x, {
    lr: 0.02,
    lineSearchFn(phi, value, slope, first) {
      calls++;
      if (calls === 1) throw new Error("mine");
      return calls === 2 ? Number.NaN : halving(phi, value, slope, first);
    },
  });
  assert.throws(() => lizo.step(() => bowl(x)), /mine/);
  expectSame(x, START);
  assert.throws(() => lizo.step(() => bowl(x)), /lineSearchFn must return a finite step, got NaN/);
  expectSame(x, START);
  lizo.step(() => bowl(x));
  assert.equal(calls, 3);
  assert.ok(bowl(x) < bowl(START));
});

test("phi is refused while it is asked already, and once the search has ended", async () => {
  const early = { name: "RelizoError", code: "STATE", message: /phi takes one call at a time/ };
  let kept: LineSearch | undefined;
  let phi: Parameters<LineSearch>[0] = () => assert.fail("no search yet");
  const x = Float64Array.from(START);
  const lizo = new LIZO(x, {
    lr: 0.02,
    lineSearchFn(own, ...told) {
      phi = own;
      return (kept ?? halving)(own, ...told);
    },
  });
  const where = { ...VARIANTS["own line search"] };
  lizo.step(() => bowl(x));
  const [here, queries] = [x.slice(), lizo.numQueries];
  assert.throws(() => phi(0.1), early);
  expectSame(x, here);
  assert.equal(lizo.numQueries, queries);

  kept = async (own) => {
    const first = own(0.1);
    assert.throws(() => own(0.2), early);
    await first;
    assert.ok(Number.isFinite(await own(0.2)), "and then it answers");
    throw new Error("mine");
  };
  await assert.rejects(async () => lizo.step(async () => bowl(x)), /mine/);
  assert.throws(() => phi(0.1), early, "a search that threw has ended");
  expectSame(x, here);

  kept = (own) => {
    void own(0.1);
    return 0.1;
  };
  await assert.rejects(async () => lizo.step(async () => bowl(x)), early);
  expectSame(x, here);

  kept = (own) => {
    assert.throws(() => own(1), /no memory/);
    return 0;
  };
  let called = 0;
  const [y, first] = [Float64Array.from(START), START.length + 1];
  const other = new LIZO(y, { ...where, lineSearchFn: kept });
  other.step(() => {
    if (called++ === first) throw new Error("no memory");
    return bowl(y);
  });
  assert.equal(called, first + 1, "a search may live with what its query throws");
});

test("a step of 0 stays, and the next one looks elsewhere", () => {
  const x = Float64Array.from(START);
  const lizo = new LIZO(x, { lineSearchFn: () => 0 });
  const value = lizo.step(() => bowl(x));
  assert.equal(value, bowl(START));
  lizo.step(() => bowl(x));
  expectSame(x, START);
  assert.equal(lizo.lastLr, 0);
});

test("weight decay that points uphill never makes a line search climb", () => {
  const x = Float64Array.of(1, 2);
  const f = (): number => -0.01 * (x[0]! ** 2 + x[1]! ** 2);
  const lizo = new LIZO(x, { lr: 1e-6, weightDecay: 1, lineSearchFn: "backtracking", sampleNorm: 1e-3 });
  for (let k = 0; k < 5; k++) {
    const before = f();
    lizo.step(f);
    assert.ok(f() <= before);
  }
});

test("zeroGrad changes nothing", () => {
  const x = Float64Array.from(START);
  const lizo = new LIZO(x);
  const state = lizo.stateDict();
  lizo.zeroGrad();
  assert.deepStrictEqual(lizo.stateDict(), state);
});

test("slopes take the place of half the samples, on the same minibatch alone, and a run goes on from its state", () => {
  const run = (resumeAt: number): { readonly asked: readonly number[]; readonly x: Float64Array } => {
    const x = Float64Array.from({ length: 20 }, (_, i) => Math.cos(i));
    const make = (): LIZO =>
      new LIZO(x, { lr: 0.02, numSamplePerStep: 8, sampleNorm: 1e-4, seed: 3, reuse: slopes() });
    let lizo = make();
    const asked = [0, 0, 0, 1, 1, 2, 2].map((batch, step) => {
      if (step === resumeAt) {
        const state = lizo.stateDict();
        lizo = make();
        lizo.loadStateDict(state);
      }
      const before = lizo.numQueries;
      lizo.step(() => bowl(x) + 1000 * batch, { batch });
      return lizo.numQueries - before;
    });
    assert.ok(bowl(x) < 0.9 * bowl(Float64Array.from({ length: 20 }, (_, i) => Math.cos(i))));
    return { asked, x };
  };
  const whole = run(-1);
  assert.deepEqual(whole.asked, [9, 5, 5, 9, 5, 9, 5]);
  for (const at of [1, 3, 4, 6]) assert.deepEqual(run(at), whole);
});
