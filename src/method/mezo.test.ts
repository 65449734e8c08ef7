import assert from "node:assert/strict";
import { test } from "node:test";
import { expectClose } from "../../test/expect-close.ts";
import { mezo } from "./mezo.ts";

test("a step is -lr times the mean of (f+ - f-) / (2 eps) z over pairs of points at x + eps z and x - eps z", () => {
  const eps = 0.25;
  const method = mezo({ samples: 2, radius: eps, lr: 0.1, directions: "sphere" });
  let state = method.init(Float64Array.of(1, -2, 0.5, 3), 1);
  for (const values of [
    [5, 4.25, 5.5, 6.25],
    [3, 3.5, 4, 2.5],
  ]) {
    const { x } = state;
    const points = method.ask(state);
    assert.equal(points.length, 4);
    const z = [0, 2].map((k) => points[k]!.map((p, i) => (p - points[k + 1]![i]!) / (2 * eps)));
    for (const k of [0, 1]) {
      expectClose([Math.hypot(...z[k]!)], [2], 1e-13, "length of z");
      expectClose(
        points[2 * k]!,
        x.map((xi, i) => xi + eps * z[k]![i]!),
        1e-14,
        "point",
      );
    }
    const slopes = [(values[0]! - values[1]!) / (2 * eps), (values[2]! - values[3]!) / (2 * eps)];
    const expected = x.map((xi, i) => xi - (0.1 * (slopes[0]! * z[0]![i]! + slopes[1]! * z[1]![i]!)) / 2);
    state = method.tell(state, points, values);
    expectClose(state.x, expected, 1e-13);
    expectClose([state.value], [(values[0]! + values[1]! + values[2]! + values[3]!) / 4], 1e-14, "value");
  }
});
