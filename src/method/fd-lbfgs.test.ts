import assert from "node:assert/strict";
import { test } from "node:test";
import { expectClose } from "../../test/expect-close.ts";
import { fdLbfgs } from "./fd-lbfgs.ts";

const A = [
  [4, 1, 0],
  [1, 3, -1],
  [0, -1, 2],
];
const product = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, ai, i) => sum + ai * b[i]!, 0);
const times = (M: readonly number[][], v: ArrayLike<number>): number[] => M.map((row) => product(row, v));
const f = (x: Float64Array): number => product(x, times(A, x)) / 2 + 3 * x[0]! - x[2]!;

/** (I - s y^T / s^T y) H (I - y s^T / s^T y) + s s^T / s^T y. */
function bfgs(H: readonly number[][], s: readonly number[], y: readonly number[]): number[][] {
  const sy = product(s, y);
  const Hy = times(H, y);
  const yHy = product(y, Hy);
  return H.map((row, i) =>
    row.map((h, j) => h - (s[i]! * Hy[j]! + Hy[i]! * s[j]!) / sy + (1 + yHy / sy) * ((s[i]! * s[j]!) / sy)),
  );
}

for (const memory of [1, 10])
  test(`the directions are those of the dense inverse from the last ${memory} pairs`, () => {
    const h = 2 ** -6;
    const method = fdLbfgs({ radius: h, memory });
    let state = method.init(Float64Array.of(1, -2, 0.5), 1);
    const visited: { readonly x: Float64Array; readonly g: number[] }[] = [];
    for (let turn = 0; turn < 4; turn++) {
      const { x } = state;
      const steps = Array.from(x, (xi) => h * Math.max(1, Math.abs(xi)));
      const probes = steps.map((hi, i) => x.map((xi, j) => (i === j ? xi + hi : xi)));
      const points = method.ask(state);
      assert.equal(points.length, turn === 0 ? 4 : 3); // f(x) is known from the search
      points.slice(-3).forEach((p, i) => {
        expectClose(p, probes[i]!, 0, "probe");
      });
      const g = points.slice(-3).map((p, i) => (f(p) - f(x)) / (p[i]! - x[i]!));
      visited.push({ x, g });
      state = method.tell(state, points, points.map(f));

      const pairs = visited
        .slice(1)
        .map((now, k) => ({
          s: Array.from(now.x, (xi, i) => xi - visited[k]!.x[i]!),
          y: now.g.map((gi, i) => gi - visited[k]!.g[i]!),
        }))
        .slice(-memory);
      const newest = pairs.at(-1);
      const scale = newest ? product(newest.s, newest.y) / product(newest.y, newest.y) : 1;
      let H = A.map((row, i) => row.map((_, j) => (i === j ? scale : 0)));
      for (const { s, y } of pairs) H = bfgs(H, s, y);
      const length = newest ? 1 : Math.min(1, 1 / Math.hypot(...g));
      const toward = times(H, g);
      const [trial] = method.ask(state);
      expectClose(
        trial!,
        x.map((xi, i) => xi - length * toward[i]!),
        1e-11,
        `turn ${turn}, entry`,
      );
      for (let trials = 0; state.search !== undefined; trials++) {
        assert.ok(trials < 20);
        const asked = method.ask(state);
        state = method.tell(state, asked, asked.map(f));
      }
      assert.ok(state.value < f(x));
    }
  });
