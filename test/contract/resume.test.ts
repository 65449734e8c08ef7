/** A stored state goes on as if it had never been stored: bit for bit, at every step, through a clone and through text. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode, type RunState } from "../../src/index.ts";
import { expectSame } from "../expect-close.ts";
import { bowl, CASES, START, type Turn, turns } from "./methods.ts";

const ANSWERS = 24;

const COPIES: readonly (readonly [string, <T>(state: T) => T])[] = [
  ["structuredClone", structuredClone],
  ["encode and decode", <T>(state: T): T => decode<T>(encode(state))],
];

function expectSameTurns(actual: readonly Turn[], expected: readonly Turn[], what: string): void {
  assert.equal(actual.length, expected.length, what);
  expected.forEach(({ points, values }, k) => {
    expectSame(actual[k]!.values, values, `${what}: answer ${k}, value`);
    assert.equal(actual[k]!.points.length, points.length, what);
    points.forEach((x, i) => {
      expectSame(actual[k]!.points[i]!, x, `${what}: answer ${k}, point ${i}, coordinate`);
    });
  });
}

for (const { label, make, solve } of CASES) {
  for (const [copyName, copy] of COPIES)
    test(`${label}: stopped after every answer and resumed by ${copyName}`, () => {
      const method = make();
      const whole = turns(method, method.init(START, 7), ANSWERS);
      let state = method.init(START, 7);
      for (let k = 0; k < whole.turns.length; k++) {
        const rest = turns(make(), copy(state), ANSWERS - k); // a fresh method: nothing hides outside the state
        expectSameTurns(rest.turns, whole.turns.slice(k), `resumed after ${k}`);
        expectSame(rest.state.x, whole.state.x, "the last iterate");
        const points = method.ask(state);
        state = method.tell(state, points, points.map(bowl));
      }
    });

  test(`${label}: minimize goes on from solution.state and from every state an observer saw`, async () => {
    const seen: RunState[] = [];
    const whole = await solve(bowl, START, {
      seed: 3,
      maxQueries: 90,
      onStep: ({ state }) => seen.push(structuredClone(state)),
    });
    for (const [k, state] of [...seen.entries(), [seen.length, whole.state] as const]) {
      const rest = await solve(bowl, START, { maxQueries: 90, resume: decode(encode(state)) });
      expectSame(rest.x, whole.x, `resumed after ${k}: coordinate`);
      assert.equal(rest.value, whole.value);
      assert.equal(rest.queries, whole.queries);
      assert.equal(rest.steps, whole.steps);
      assert.equal(rest.outcome, whole.outcome);
      assert.deepStrictEqual(rest.state, whole.state);
    }
  });
}
