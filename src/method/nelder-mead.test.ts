import assert from "node:assert/strict";
import { test } from "node:test";
import { expectClose, expectSame } from "../../test/expect-close.ts";
import { type NelderMeadState, nelderMead } from "./nelder-mead.ts";

type Point = ArrayLike<number>;
const method = nelderMead({ radius: 0.5 });

/** Centre of all but the last plus factor times its distance from the last; vertices best first. */
function beyond(vertices: readonly Point[], factor: number): number[] {
  const d = vertices.length - 1;
  const worst = vertices[d]!;
  return Array.from({ length: d }, (_, i) => {
    const centre = vertices.slice(0, d).reduce((sum, v) => sum + v[i]!, 0) / d;
    return centre + factor * (centre - worst[i]!);
  });
}

/** Tells a value for the only point asked, which must be the expected one. */
function tellAt(state: NelderMeadState, expected: Point, value: number): NelderMeadState {
  const points = method.ask(state);
  assert.equal(points.length, 1);
  expectClose(points[0]!, expected, 1e-14);
  return method.tell(state, points, [value]);
}

/** The next turn starts from the best of these vertices by reflecting their worst. */
function expectVertices(state: NelderMeadState, vertices: readonly Point[]): void {
  expectClose(state.x, vertices[0]!, 1e-14, "best");
  const points = method.ask(state);
  assert.equal(points.length, 1);
  expectClose(points[0]!, beyond(vertices, 1), 1e-14, "reflection");
}

for (const d of [2, 3]) {
  const x0 = Float64Array.of(3, -2, 0.25).slice(0, d);
  const first = [
    [3, -2, 0.25],
    [4.5, -2, 0.25],
    [3, -1, 0.25],
    [3, -2, 0.75],
  ].map((v) => v.slice(0, d));
  // Told in disorder: the worst vertex is x0 and has value 10 d, the best has 0.
  const values = Array.from({ length: d + 1 }, (_, i) => 10 * (d - i));
  const simplex = first.slice(0, d + 1).toReversed();
  const keeping = simplex.slice(0, d);
  const [best, secondWorst, worst] = [0, 10 * (d - 1), 10 * d];
  const reflection = beyond(simplex, 1);
  const outside = beyond(simplex, 0.75 - 1 / (2 * d));
  const inside = beyond(simplex, 1 / (2 * d) - 0.75);

  const begin = (): NelderMeadState => {
    const state = method.init(x0, 1);
    const points = method.ask(state);
    points.forEach((p, i) => {
      expectSame(p, first[i]!);
    });
    return method.tell(state, points, values.slice(0, points.length));
  };
  const reflected = (value: number): NelderMeadState => tellAt(begin(), reflection, value);

  test(`d = ${d}: a point between best and second worst replaces the worst`, () => {
    expectVertices(reflected(secondWorst - 1), [...keeping.slice(0, -1), reflection, keeping.at(-1)!]);
  });

  test(`d = ${d}: a new best is expanded by 1 + 2/d, and the better of the two stays`, () => {
    const expansion = beyond(simplex, 1 + 2 / d);
    expectVertices(tellAt(reflected(best - 1), expansion, best - 2), [expansion, ...keeping]);
    for (const value of [best - 1, best - 0.5])
      expectVertices(tellAt(reflected(best - 1), expansion, value), [reflection, ...keeping]);
  });

  test(`d = ${d}: below the worst alone, contraction outside by 3/4 - 1/(2d)`, () => {
    for (const value of [secondWorst, secondWorst + 5])
      expectVertices(tellAt(reflected(value), outside, best - 1), [outside, ...keeping]);
    expectVertices(tellAt(reflected(secondWorst + 5), outside, secondWorst + 5), [...keeping, outside]);
  });

  test(`d = ${d}: not below the worst, contraction inside by 3/4 - 1/(2d)`, () => {
    for (const value of [worst, worst + 5])
      expectVertices(tellAt(reflected(value), inside, best - 1), [inside, ...keeping]);
    expectVertices(tellAt(reflected(worst + 5), inside, worst - 1), [...keeping, inside]);
  });

  test(`d = ${d}: a contraction in vain shrinks the simplex towards the best by 1 - 1/d`, () => {
    for (const state of [
      tellAt(reflected(worst + 5), inside, worst),
      tellAt(reflected(secondWorst + 5), outside, secondWorst + 6),
    ]) {
      const [centre, ...others] = simplex;
      const shrunk = others.map((v) => v.map((vi, i) => centre![i]! + (1 - 1 / d) * (vi - centre![i]!)));
      const points = method.ask(state);
      assert.equal(points.length, d);
      points.forEach((p, i) => {
        expectClose(p, shrunk[i]!, 1e-14);
      });
      expectVertices(
        method.tell(
          state,
          points,
          points.map((_, i) => best - 1 - i),
        ),
        [...shrunk.toReversed(), centre!],
      );
    }
  });
}
