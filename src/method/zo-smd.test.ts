import { test } from "node:test";
import { expectClose } from "../../test/expect-close.ts";
import { zoSmd } from "./zo-smd.ts";

const X = Float64Array.of(1, -2, 0.5, 3);
const VALUES = [5, 5.75, 4.5, 6.25];
const MU = 0.5;
const LR = 0.1;

function turn(p: number): { readonly x: Float64Array; readonly g: Float64Array } {
  const method = zoSmd({ samples: 3, radius: MU, lr: LR, p });
  const state = method.init(X, 1);
  const points = method.ask(state);
  const g = X.map((xi, j) =>
    VALUES.reduce((sum, f, i) => sum + ((f - VALUES[0]!) * (points[i]![j]! - xi)) / (3 * MU ** 2), 0),
  );
  return { x: method.tell(state, points, VALUES).x, g };
}

test("p = 2: half a gradient step", () => {
  const { x, g } = turn(2);
  expectClose(
    x,
    X.map((xi, i) => xi - (LR / 2) * g[i]!),
    1e-13,
  );
});

for (const p of [1.1, 1.5])
  test(`p = ${p}: the derivative of <g, y> + B(y, x) / lr vanishes at the next x`, () => {
    const { x, g } = turn(p);
    // The gradient of the distance generator |y|_p^2 has entries 2 |y|_p^(2 - p) sign(y_i) |y_i|^(p - 1).
    const mirror = (y: Float64Array): Float64Array => {
      const norm = y.reduce((sum, yi) => sum + Math.abs(yi) ** p, 0) ** (1 / p);
      return y.map((yi) => 2 * norm ** (2 - p) * Math.sign(yi) * Math.abs(yi) ** (p - 1));
    };
    const [to, from] = [mirror(x), mirror(X)];
    expectClose(
      to.map((ti, i) => ti - from[i]!),
      g.map((gi) => -LR * gi),
      1e-12,
    );
  });
