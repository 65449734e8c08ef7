import assert from "node:assert/strict";
import { test } from "node:test";
import { expectClose } from "../../test/expect-close.ts";
import { zoAdamm } from "./zo-adamm.ts";

test("three steps of AMSGrad; the second gradient is smaller than the first, the third larger", () => {
  const [mu, lr, beta1, beta2, floor] = [0.5, 0.1, 0.8, 0.4, 0.25];
  const method = zoAdamm({ samples: 3, radius: mu, lr, beta1, beta2, floor });
  let state = method.init(Float64Array.of(1, -2, 0.5, 3), 1);
  const m = [0, 0, 0, 0];
  const v = [0, 0, 0, 0];
  const vHat = [0, 0, 0, 0];
  let [held, grown] = [0, 0];
  for (const values of [
    [5, 5.75, 4.5, 6.25],
    [4, 4.015625, 3.984375, 4.0078125],
    [3, -13, 23, 31],
  ]) {
    const { x } = state;
    const points = method.ask(state);
    const expected = x.map((xi, j) => {
      let g = 0;
      for (let i = 1; i <= 3; i++) g += ((values[i]! - values[0]!) * (points[i]![j]! - xi)) / (3 * mu ** 2);
      m[j] = beta1 * m[j]! + (1 - beta1) * g;
      v[j] = beta2 * v[j]! + (1 - beta2) * g ** 2;
      if (v[j]! < vHat[j]!) held++;
      else grown++;
      vHat[j] = Math.max(vHat[j]!, v[j]!);
      return xi - (lr * m[j]!) / (Math.sqrt(vHat[j]!) + floor);
    });
    state = method.tell(state, points, values);
    expectClose(state.x, expected, 1e-13);
  }
  assert.ok(held >= 4 && grown >= 5, `vHat held ${held} times, grew ${grown} times`);
});
