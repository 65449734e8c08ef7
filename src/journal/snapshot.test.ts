import assert from "node:assert/strict";
import { test } from "node:test";
import { createMethod, methodNames } from "../method/index.ts";
import { minimize, type RunState } from "../run/minimize.ts";
import { decodeSnapshot, encodeSnapshot } from "./snapshot.ts";

const X0 = Float64Array.of(3, -2, -0, 1);
const bowl = (x: Float64Array): number => x.reduce((sum, value, i) => sum + (i + 1) * (value - 1) ** 2, 0);
const mark = { round: 3, offset: 99, sum: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
const journal = Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1);

for (const name of methodNames)
  test(`${name}: a state goes on from a snapshot as if there had been none`, async () => {
    const states: RunState[] = [];
    const options = { method: createMethod(name), maxQueries: 120 };
    const own = { seed: 2, bounds: { upper: 4 } };
    const whole = await minimize(bowl, X0, {
      ...options,
      ...own,
      onStep: ({ state }) => {
        states.push(state);
      },
    });
    for (const state of [states[0]!, states[Math.floor(states.length / 2)]!]) {
      const found = decodeSnapshot("s", encodeSnapshot({ journal, mark, state }));
      assert.ok(typeof found === "object");
      assert.deepEqual([found.journal, found.mark], [journal, mark]);
      const resumed = await minimize(bowl, X0, { ...options, resume: found.state });
      assert.deepEqual(resumed, whole);
    }
  });

test("every number comes back: -0, NaN, infinities, and arrays of every kind, aligned or not", () => {
  const x = Float64Array.of(-0, Number.NaN, Infinity, 5e-324);
  const parts = {
    x,
    odd: new Uint8Array(5).fill(7),
    words: Uint32Array.of(2 ** 32 - 1),
    zero: -0,
    not: Number.NaN,
  };
  const state = {
    method: "m",
    queries: 2 ** 40,
    failures: 0,
    best: { x: Float64Array.of(1), value: -Infinity },
    state: {
      ...parts,
      value: 1,
      step: 1,
      reused: 0,
      halves: Float32Array.of(-0, 0.1),
      ints: Int32Array.of(-1),
    },
  };
  const bytes = encodeSnapshot({ journal, mark, state });
  for (const shift of [0, 1, 3]) {
    const shifted = new Uint8Array(bytes.length + shift).subarray(shift);
    shifted.set(bytes);
    const found = decodeSnapshot("s", shifted);
    assert.ok(typeof found === "object");
    assert.deepEqual(found.state, state);
  }
});

test("what does not serve says why", () => {
  const found = decodeSnapshot("s", new Uint8Array(3));
  assert.match(String(found), /s is no snapshot of relizo/);
  assert.match(String(decodeSnapshot("s", Uint8Array.of())), /s is not whole/);
});
