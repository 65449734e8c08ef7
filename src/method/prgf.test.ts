import { test } from "node:test";
import { expectClose } from "../../test/expect-close.ts";
import { prgf } from "./prgf.ts";

const D = 5;
const LENGTH = 0.25 * Math.sqrt(D);

test("steps are -lr sum of slope u over orthonormal u; from the second on, the first u is along the last estimate", () => {
  const method = prgf({ samples: 3, radius: 0.25, lr: 0.1 });
  let state = method.init(Float64Array.of(1, -2, 0.5, 3, -1), 1);
  let last: Float64Array | undefined;
  for (const values of [
    [5, 5.75, 4.5, 6.25],
    [4, 3.25, 4.5, 4.125],
    [3, 3.5, 2.25, 3.125],
  ]) {
    const { x } = state;
    const points = method.ask(state);
    const u = points.slice(1).map((p) => p.map((pi, i) => (pi - x[i]!) / LENGTH));
    const products = u.flatMap((a) => u.map((b) => a.reduce((sum, ai, i) => sum + ai * b[i]!, 0)));
    expectClose(products, [1, 0, 0, 0, 1, 0, 0, 0, 1], 1e-13, "product");
    if (last) {
      const norm = Math.hypot(...last);
      expectClose(
        u[0]!,
        last.map((gi) => gi / norm),
        1e-13,
        "prior",
      );
    }
    const g = x.map((_, j) =>
      u.reduce((sum, ui, i) => sum + ((values[i + 1]! - values[0]!) / LENGTH) * ui[j]!, 0),
    );
    state = method.tell(state, points, values);
    expectClose(
      state.x,
      x.map((xi, i) => xi - 0.1 * g[i]!),
      1e-13,
    );
    last = g;
  }
});
