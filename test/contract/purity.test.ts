/** ask and tell are functions of plain data: they change nothing they are given, and equal states ask for equal points. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { RelizoError } from "../../src/index.ts";
import { expectSame } from "../expect-close.ts";
import { bowl, CASES, START } from "./methods.ts";

/** NaN now and then, so that the paths of failure are walked too. */
const spotted = (x: Float64Array): number =>
  Math.abs(Math.round(x[0]! * 1e6)) % 7 === 3 ? Number.NaN : bowl(x);

for (const { label, make } of CASES) {
  test(`${label}: tell leaves the state, the points and the values as they were`, () => {
    const method = make();
    let state = method.init(START, 5);
    for (let k = 0; k < 30 && !state.done; k++) {
      const before = structuredClone(state);
      const points = method.ask(state);
      const values = points.map(spotted);
      const given = structuredClone({ points, values });
      const next = method.tell(state, points, values);
      assert.deepStrictEqual(structuredClone(state), before, `answer ${k} changed the state`);
      assert.deepStrictEqual(structuredClone({ points, values }), given, `answer ${k} changed its arguments`);
      state = next;
    }
  });

  test(`${label}: asked twice, and of an equal state, it asks for equal points`, () => {
    const method = make();
    let state = method.init(START, 5);
    for (let k = 0; k < 20 && !state.done; k++) {
      const points = method.ask(state);
      const copies = [method.ask(state), make().ask(structuredClone(state))];
      for (const again of copies) {
        assert.equal(again.length, points.length);
        again.forEach((x, i) => {
          expectSame(x, points[i]!, `answer ${k}, point ${i}, coordinate`);
        });
      }
      state = method.tell(state, points, points.map(bowl));
    }
  });

  test(`${label}: an older state can be told something else later`, () => {
    const method = make();
    const first = method.init(START, 5);
    const points = method.ask(first);
    const one = method.tell(first, points, points.map(bowl));
    const copy = structuredClone(one);
    let other = method.tell(
      first,
      points,
      points.map((x) => -bowl(x)),
    );
    for (let k = 0; k < 5 && !other.done; k++) {
      const asked = method.ask(other);
      other = method.tell(
        other,
        asked,
        asked.map((x) => -bowl(x)),
      );
    }
    assert.deepStrictEqual(structuredClone(one), copy);
  });

  test(`${label}: the start is copied`, () => {
    const method = make();
    const x0 = START.slice();
    const state = method.init(x0, 5);
    x0.fill(Number.NaN);
    expectSame(state.x, START, "coordinate");
  });

  test(`${label}: a value too few or too many is refused`, () => {
    const method = make();
    const state = method.init(START, 5);
    const points = method.ask(state);
    const values = points.map(bowl);
    for (const wrong of [values.slice(1), [...values, 0], []])
      assert.throws(
        () => method.tell(state, points, wrong),
        (error) =>
          error instanceof RelizoError &&
          error.code === "COUNT" &&
          error.message.includes(String(wrong.length)) &&
          error.message.includes(method.name),
      );
  });
}
