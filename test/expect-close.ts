/** Assertions on numbers whose tolerance is an error bound. */
import assert from "node:assert/strict";

/** n u / (1 - n u): bounds the relative rounding of a sum of n terms. Higham, 2nd ed., section 3.1. */
export function gamma(n: number, roundoff: number = 2 ** -53): number {
  return (n * roundoff) / (1 - n * roundoff);
}

/** Fails where some |actual[i] - expected[i]| is not within the tolerance, NaN included, and names the worst entry. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number | ArrayLike<number>,
  what = "entry",
): void {
  assert.equal(actual.length, expected.length, `${what}: lengths differ`);
  let worst = -1;
  let excess = 0;
  for (let i = 0; i < expected.length; i++) {
    const allowed = typeof tolerance === "number" ? tolerance : tolerance[i]!;
    const error = Math.abs(actual[i]! - expected[i]!);
    if (error <= allowed) continue;
    const over = Number.isNaN(error - allowed) ? Number.POSITIVE_INFINITY : error - allowed;
    if (worst < 0 || over > excess) {
      worst = i;
      excess = over;
    }
  }
  if (worst < 0) return;
  const allowed = typeof tolerance === "number" ? tolerance : tolerance[worst]!;
  assert.fail(`${what} ${worst} is ${actual[worst]}, not ${expected[worst]} within ${allowed}`);
}

/** Fails unless two runs of numbers are the same to the last bit; NaN equals NaN, and 0 is not -0. */
export function expectSame(actual: ArrayLike<number>, expected: ArrayLike<number>, what = "entry"): void {
  assert.equal(actual.length, expected.length, `${what}: lengths differ`);
  for (let i = 0; i < expected.length; i++)
    if (!Object.is(actual[i], expected[i]))
      assert.fail(`${what} ${i} is ${actual[i]}, not ${expected[i]} bit for bit`);
}
