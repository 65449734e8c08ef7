/** Runs over shared parameters whose rights on the broker do not reach, and junk among their updates. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { natsServer, startBroker } from "../../../scripts/nats.ts";
import { alone, coordinate, worker } from "../../../test/shared-run.ts";
import { connectBroker } from "./connect.ts";

const server = natsServer();
const options = "path" in server ? {} : { skip: server.reason };

test("without the right to keep snapshots a run goes on, and says so sparingly", options, async (t) => {
  const broker = await startBroker(`
    authorization { users: [ { user: run, password: secret,
      permissions: { publish: ["relizo.>", "$JS.API.>", "$JS.ACK.>", "_INBOX.>"], subscribe: ["relizo.>", "_INBOX.>"] } } ] }`);
  t.after(broker.stop);
  Object.assign(process.env, { RELIZO_NATS_USER: "run", RELIZO_NATS_PASSWORD: "secret" });
  t.after(() => {
    delete process.env.RELIZO_NATS_USER;
    delete process.env.RELIZO_NATS_PASSWORD;
  });
  const first = await worker(broker.url, "rights", "wasm");
  t.after(first.end);
  let late: typeof first | undefined;
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  const each = async (round: number): Promise<void> => {
    if (round !== 60) return;
    await first.end();
    late = await worker(broker.url, "rights", "js");
    t.after(late.end);
  };
  const { end } = await coordinate(broker.url, "rights", each, {}, 7, log);
  assert.deepEqual(end, await alone());
  const kept = lines.filter((line) => /no snapshot of the parameters was kept/.test(line));
  assert.equal(kept.length, 1, lines.join("\n"));
  assert.doesNotMatch(late?.lines.join("\n") ?? "", /begins with a snapshot/);
});

test(
  "a flood of junk among the updates is refused, changes nothing, and does not fill the log",
  options,
  async (t) => {
    const broker = await startBroker();
    t.after(broker.stop);
    const nc = await connectBroker({ servers: broker.url }, "stranger");
    t.after(() => nc.close());
    const one = await worker(broker.url, "flood", "wasm");
    t.after(one.end);
    let id = "";
    const subscription = nc.subscribe("relizo.flood.updates.*", {
      callback(_, { subject }) {
        id ||= subject;
      },
    });
    t.after(() => subscription.unsubscribe());
    let sent = 0;
    const each = (round: number): void => {
      if (round < 10 || round > 19) return;
      for (let i = 0; i < 100; i++, sent++) nc.publish(id, Uint8Array.of(i, 200, round, 193, i));
    };
    const { end } = await coordinate(broker.url, "flood", each);
    assert.deepEqual(end, await alone());
    assert.equal(sent, 1000);
    assert.equal(one.lines.filter((line) => /among the updates was refused/.test(line)).length, 1);
    assert.ok(one.lines.length < 10, one.lines.join("\n"));
    assert.equal(one.evaluator.differences, 0);
  },
);
