import { test } from "node:test";
import { expectClose } from "../../test/expect-close.ts";
import { inverseSqrt } from "../step/schedule.ts";
import { zoSgd } from "./zo-sgd.ts";

const X = Float64Array.of(1, -2, 0.5, 3);
const FIRST = [5, 5.75, 4.5, 6.25];
const SECOND = [4, 3.25, 4.5, 4.125];
const MU = 0.5;

/** 1 / (q mu^2) sum of (f_i - f_0) (p_i - x), where p_0 = x. */
function gradient(points: readonly Float64Array[], values: readonly number[]): Float64Array {
  const [x, ...others] = points;
  return x!.map((xi, j) =>
    others.reduce(
      (sum, p, i) => sum + ((values[i + 1]! - values[0]!) * (p[j]! - xi)) / (others.length * MU ** 2),
      0,
    ),
  );
}

test("samples lie on the sphere of radius mu sqrt(d), the iterate first", () => {
  const method = zoSgd({ samples: 3, radius: MU });
  const [x, ...others] = method.ask(method.init(X, 1));
  expectClose(x!, X, 0);
  const norms = others.map((p) => Math.hypot(...p.map((pi, i) => pi - X[i]!)));
  expectClose(norms, [1, 1, 1], 1e-14);
});

for (const dimensionFactor of [true, false])
  test(`a step is -lr g, dimensionFactor ${dimensionFactor}`, () => {
    const method = zoSgd({ samples: 3, radius: MU, lr: 0.1, dimensionFactor });
    let state = method.init(X, 1);
    for (const values of [FIRST, SECOND]) {
      const points = method.ask(state);
      const g = gradient(points, values);
      const rate = dimensionFactor ? 0.1 : 0.1 / 4;
      const expected = state.x.map((xi, i) => xi - rate * g[i]!);
      state = method.tell(state, points, values);
      expectClose(state.x, expected, 1e-13);
    }
  });

test("the second step adds momentum times the first direction, and the schedule scales lr alone", () => {
  const method = zoSgd({
    samples: 3,
    radius: MU,
    lr: 0.1,
    momentum: 0.75,
    schedule: inverseSqrt(),
  });
  const start = method.init(X, 1);
  const points = method.ask(start);
  const g = gradient(points, FIRST);
  const once = method.tell(start, points, FIRST);
  expectClose(
    once.x,
    X.map((xi, i) => xi - 0.1 * g[i]!),
    1e-13,
  );
  const later = method.ask(once);
  const h = gradient(later, SECOND);
  const twice = method.tell(once, later, SECOND);
  expectClose(
    twice.x,
    once.x.map((xi, i) => xi - (0.1 / Math.SQRT2) * (h[i]! + 0.75 * g[i]!)),
    1e-13,
  );
});
