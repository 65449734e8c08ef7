/** Workers at the wrong run: they say so and leave, and do not keep tasks from those who can. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Broker, natsServer, startBroker } from "../../../scripts/nats.ts";
import { alone, coordinate, worker } from "../../../test/shared-run.ts";
import { askBy } from "../../evaluate/policy.ts";
import { byTasks } from "../../evaluate/task.ts";
import { minimize } from "../../run/minimize.ts";
import { connectBroker } from "./connect.ts";
import { natsEvaluator } from "./evaluator.ts";
import { serve } from "./serve.ts";

const server = natsServer();
const options = "path" in server ? {} : { skip: server.reason };
let broker: Broker;

before(async () => {
  if ("path" in server) broker = await startBroker();
});
after(() => broker?.stop());

const sphere = (x: Float64Array): number => x.reduce((sum, xi) => sum + (xi - 1) ** 2, 0);

/** A worker for points of d numbers. */
async function points(run: string, name: string, d: number) {
  const nc = await connectBroker({ servers: broker.url }, name);
  const stop = new AbortController();
  const evaluator = {
    name,
    capacity: 1,
    evaluate: async (tasks: readonly { readonly candidate: Float64Array }[]) =>
      tasks.map(({ candidate }) => sphere(candidate)),
    close: async () => {},
  };
  const accepts = (x: unknown): boolean => x instanceof Float64Array && x.length === d;
  const { ended, refused } = serve(nc, evaluator, { run, name, accepts, signal: stop.signal });
  const why = ended.then(
    () => "",
    (error: Error) => error.message,
  );
  return { refused, why, end: () => [stop.abort(), why.then(() => nc.close())][1] };
}

test("points of another dimension", options, async (t) => {
  const wrong = [await points("points", "one", 4), await points("points", "two", 6)];
  const replica = await worker(broker.url, "points", "js");
  const failed = replica.ended.then(String, (error: Error) => error.message);
  const evaluator = await natsEvaluator({ servers: broker.url, run: "points" });
  const right = await points("points", "right", 5);
  t.after(() => Promise.all([...wrong, right, replica].map((one) => one.end())));
  t.after(() => evaluator.close());
  const run = { seed: 2, maxQueries: 150 };
  const there = await minimize(byTasks(askBy(evaluator, { retries: 0 })), new Float64Array(5), run);
  assert.deepEqual(there, await minimize(sphere, new Float64Array(5), run));
  for (const why of await Promise.all([...wrong.map((one) => one.why), failed]))
    assert.match(why, /run points asks for points of 5 numbers.*start it with the module that the run has/);
  assert.equal(wrong[0]!.refused.get("malformed"), 3);
});

test("parameters that move in place", options, async (t) => {
  const wrong = await points("shared", "wrong", 5);
  t.after(wrong.end);
  let right: Awaited<ReturnType<typeof worker>> | undefined;
  void wrong.why.then(async () => (right = await worker(broker.url, "shared", "js")));
  const { end } = await coordinate(broker.url, "shared", () => {}, { retries: 0 });
  assert.deepEqual(end, await alone());
  assert.match(await wrong.why, /run shared asks for candidates of parameters that move in place/);
  await right?.end();
});
