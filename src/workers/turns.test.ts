import assert from "node:assert/strict";
import { test } from "node:test";
import { turns } from "./turns.ts";

test("no more at once than there is room for, in the order they came; who leaves the queue is passed over", async () => {
  const room = turns(2);
  const signal = new AbortController().signal;
  const leaves = new AbortController();
  const order: number[] = [];
  let [now, most] = [0, 0];
  const work = (i: number) => async (): Promise<number> => {
    order.push(i);
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 2));
    now--;
    if (i === 1) throw new Error("one fails");
    return i;
  };
  const all = [0, 1, 2, 3, 4, 5].map((i) => room(work(i), i === 3 ? leaves.signal : signal));
  leaves.abort(new Error("left"));
  const ends = await Promise.allSettled(all);
  assert.deepEqual(
    ends.map((end) => (end.status === "fulfilled" ? end.value : String(end.reason))),
    [0, "Error: one fails", 2, "Error: left", 4, 5],
  );
  assert.deepEqual([order, most], [[0, 1, 2, 4, 5], 2]);
  await assert.rejects(room(work(9), AbortSignal.abort(new Error("too late"))), /too late/);
});
