/** Answers out of order, twice, late, and for rounds that were left. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { nelderMead } from "../method/nelder-mead.ts";
import { relizo } from "../method/relizo-method.ts";
import { minimize } from "../run/minimize.ts";
import { uniforms } from "../sample/stream.ts";
import { type Ask, askInline, byTasks, type Listener } from "./task.ts";

const valley = (x: Float64Array): number => x.reduce((sum, xi, i) => sum + (i + 1) * (xi - 0.3) ** 4, 0);
const START = Float64Array.from({ length: 6 }, (_, i) => i / 3);
const RUN = { seed: 9, maxQueries: 300 } as const;

/** Answers in an order of chance, some twice with another value, and after each round some of the rounds before. */
function disorderly(seed: number): Ask {
  const left: { readonly listener: Listener; readonly index: number }[] = [];
  return async (tasks, listener) => {
    for (const one of left) one.listener.answered(one.index, -1);
    const chance = uniforms({ seed, step: tasks[0]!.round }, 0, tasks.length);
    const order = tasks.map((task, i) => ({ task, at: chance[i]! })).sort((a, b) => a.at - b.at);
    for (const _ of tasks) listener.began();
    for (const { task, at } of order) {
      if (at < 0.3) await new Promise((resolve) => setImmediate(resolve));
      listener.answered(task.index, valley(task.candidate));
      if (at > 0.6) listener.answered(task.index, -1);
      left.push({ listener, index: task.index });
    }
    if (left.length > 40) left.splice(0, 20);
  };
}

for (const method of [relizo(), nelderMead()])
  test(`${method.name}: the same end for any order of answers, whatever comes twice or late`, async () => {
    const expected = await minimize(valley, START, { ...RUN, method });
    assert.deepEqual(await minimize(byTasks(askInline(valley)), START, { ...RUN, method }), expected);
    for (let seed = 0; seed < 8; seed++)
      assert.deepEqual(await minimize(byTasks(disorderly(seed)), START, { ...RUN, method }), expected);
  });

test("what is no function is refused, and what gives no number ends the run", async () => {
  // @ts-expect-error no function
  assert.throws(() => askInline(3), { code: "OPTION" });
  const wrong = byTasks(askInline((() => "1") as never));
  await assert.rejects(minimize(wrong, START), { code: "VALUE", message: /must return a number, got "1"/ });
});
