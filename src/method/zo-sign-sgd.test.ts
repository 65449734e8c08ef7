import assert from "node:assert/strict";
import { test } from "node:test";
import { expectClose } from "../../test/expect-close.ts";
import { zoSignSgd } from "./zo-sign-sgd.ts";

test("every coordinate moves by lr against the sign of the gradient", () => {
  const x = Float64Array.of(1, -2, 0.5, 3, -1);
  const values = [5, 5.75, 4.5, 6.25];
  const method = zoSignSgd({ samples: 3, radius: 0.5, lr: 0.125 });
  const state = method.init(x, 1);
  const points = method.ask(state);
  const signs = x.map((xi, j) =>
    Math.sign(values.reduce((sum, f, i) => sum + (f - values[0]!) * (points[i]![j]! - xi), 0)),
  );
  assert.ok(signs.includes(1) && signs.includes(-1));
  expectClose(
    method.tell(state, points, values).x,
    x.map((xi, j) => xi - 0.125 * signs[j]!),
    1e-15,
  );
});

test("a coordinate no sample moved along stays", () => {
  const x = Float64Array.of(1, -2, 0.5);
  const method = zoSignSgd({ samples: 1, radius: 0.5, lr: 0.125, directions: "coordinate" });
  const state = method.init(x, 1);
  const points = method.ask(state);
  const moved = method.tell(state, points, [2, 3]).x;
  const along = points[1]!.map((p, i) => Math.sign(p - x[i]!));
  assert.equal(along.filter((a) => a !== 0).length, 1);
  expectClose(
    moved,
    x.map((xi, i) => xi - 0.125 * along[i]!),
    1e-15,
  );
});
