/** The same seed is the same run, however the answers come. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Asked, batched, type MinimizeOptions, type Solution } from "../../src/index.ts";
import { late } from "../../src/problem/tough.ts";
import { bowl, CASES, type Case, START } from "./methods.ts";

const run = (one: Case, f: Asked, own: MinimizeOptions = {}): Promise<Solution> =>
  one.solve(f, START, { seed: 6, maxQueries: 100, ...own });

for (const one of CASES) {
  test(`${one.label}: the same seed gives the same run, another seed another`, async () => {
    const first = await run(one, bowl);
    assert.deepStrictEqual(await run(one, bowl), first);
    const other = await run(one, bowl, { seed: 7 });
    if (one.random) assert.notDeepStrictEqual(other.state.state.x, first.state.state.x);
    else assert.deepStrictEqual(other.state.state.x, first.state.state.x);
  });

  test(`${one.label}: answers at once, later, out of step and in batches give the same run`, async () => {
    const first = await run(one, bowl);
    const ways: Readonly<Record<string, Asked>> = {
      async: async (x) => bowl(x),
      late: late(bowl, { seed: 1, atMost: 1 }),
      batched: batched((points) => points.map(bowl)),
      "batched, as Float64Array": batched((points) => Float64Array.from(points, bowl)),
      "batched, async": batched(async (points) =>
        Promise.all(points.map(late(bowl, { seed: 1, atMost: 2 }))),
      ),
      "an objective that overwrites its argument": (x) => {
        const value = bowl(x);
        x.fill(Number.NaN);
        return value;
      },
    };
    for (const [way, f] of Object.entries(ways)) assert.deepStrictEqual(await run(one, f), first, way);
  });

  test(`${one.label}: the start may be any list of numbers`, async () => {
    const first = await run(one, bowl);
    for (const x0 of [Array.from(START), Float32Array.from(START)])
      assert.deepStrictEqual(await one.solve(bowl, x0, { seed: 6, maxQueries: 100 }), first);
  });
}
