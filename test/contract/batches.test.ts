/**
 * Values of different minibatches are never compared. The objective adds a constant that depends on the batch: with the
 * batch named, the run must be the run without the constants. That holds for every method: none uses a value but in a
 * difference with, or a comparison to, values of the same turn; those that carry values over ask again when the batch
 * changes. Values are multiples of 2^-30 and constants whole, so that sums and differences are exact.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Context } from "../../src/index.ts";
import { expectSame } from "../expect-close.ts";
import { bowl, CASES, START } from "./methods.ts";

const rounded = (x: Float64Array): number => Math.round(bowl(x) * 2 ** 30) / 2 ** 30;
const offset = (batch: number): number => ((batch * 37) % 11) * 4096;

for (const { label, make, solve } of CASES) {
  for (const [what, batch] of [
    ["a new batch every step", (step: number) => step],
    ["a new batch every third step", (step: number) => Math.floor(step / 3)],
    ["two batches in turn", (step: number) => step % 2],
  ] as const)
    test(`${label}: ${what}, a constant on each batch changes nothing`, async () => {
      const path = async (constants: boolean): Promise<Float64Array[]> => {
        const asked: Float64Array[] = [];
        const solution = await solve(
          (x: Float64Array, context: Context) => {
            assert.equal(context.batch, batch(context.step));
            asked.push(x.slice());
            return rounded(x) + (constants ? offset(context.batch) : 0);
          },
          START,
          { batch, maxQueries: 150 },
        );
        return [...asked, solution.x];
      };
      const [without, given] = [await path(false), await path(true)];
      assert.equal(given.length, without.length);
      without.forEach((x, k) => {
        expectSame(given[k]!, x, `query ${k}, coordinate`);
      });
    });

  test(`${label}: a new batch every step still gets somewhere`, async () => {
    const solution = await solve(bowl, START, { batch: (step) => step, maxQueries: 600 });
    assert.ok(bowl(solution.x) < 0.8 * bowl(START), `ended at ${bowl(solution.x)}`);
  });

  test(`${label}: a batch that changes in the middle of a turn begins the turn anew`, () => {
    const path = (constants: boolean): Float64Array => {
      const method = make();
      let state = method.init(START, 9);
      for (let k = 0; k < 40; k++) {
        const batch = Math.floor(k / 2); // turns with a line search take more answers than two
        const points = method.ask(state, batch);
        const values = points.map((x) => rounded(x) + (constants ? offset(batch) : 0));
        state = method.tell(state, points, values, batch);
      }
      return state.x;
    };
    expectSame(path(true), path(false), "coordinate");
  });
}
