/** Inside the box always: where it asks, where it stands, and what it returns. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bounds } from "../../src/index.ts";
import { boxOf } from "../../src/point/bounds.ts";
import { withNaN } from "../../src/problem/tough.ts";
import { bowl, CASES, START } from "./methods.ts";

const BOXES: Readonly<Record<string, Bounds>> = {
  "a box that holds the minimum": { lower: -3, upper: 3 },
  "the minimum outside": { lower: [-2, -2, -2, -2, -2], upper: [0.5, 0.5, 3, 0.5, 0] },
  "bounded on one side": { upper: 0.75 },
  "narrower than the directions, one coordinate fixed": {
    lower: [0.999, -1, 1, 0.2, -1],
    upper: [1.001, -1, 3, 0.201, 1],
  },
};

const QUERIES = 2600; // for each box: more than 10,000 in all

for (const { label, solve } of CASES)
  for (const [what, bounds] of Object.entries(BOXES))
    test(`${label}: ${what}, never left`, async () => {
      const { lower, upper } = boxOf(bounds, START.length);
      const inside = (x: Float64Array): boolean => x.every((xi, i) => xi >= lower[i]! && xi <= upper[i]!);
      const spoilt = withNaN(bowl, { seed: 3, rate: 0.02 });
      let first: number | undefined;
      const solution = await solve(
        (x) => {
          assert.ok(inside(x), `asked at ${x}`);
          first ??= bowl(x);
          return spoilt(x);
        },
        START,
        { bounds, maxQueries: QUERIES, onStep: ({ state }) => assert.ok(inside(state.state.x)) },
      );
      assert.ok(inside(solution.x));
      assert.ok(solution.value <= first!);
    });
