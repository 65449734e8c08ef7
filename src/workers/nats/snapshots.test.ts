/** Snapshots that are damaged, forged or half gone: who joins late leaves them aside, and the run is the same. */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { Objm } from "@nats-io/obj";
import { type Broker, natsServer, startBroker } from "../../../scripts/nats.ts";
import { alone, bowl, coordinate, start, worker } from "../../../test/shared-run.ts";
import type { Update } from "../../space/replica.ts";
import { connectBroker } from "./connect.ts";
import { pack, unpack } from "./pack.ts";

const server = natsServer();
const options = "path" in server ? {} : { skip: server.reason };
let broker: Broker;

before(async () => {
  if ("path" in server) broker = await startBroker();
});
after(() => broker?.stop());

/** Changes what the run keeps for those who join late. */
type Tamper = (nc: NatsConnection, bucket: string) => Promise<unknown>;

const blob = (change: (data: Uint8Array) => Uint8Array): Tamper => {
  return async (nc, bucket) => {
    const store = await new Objm(nc).open(bucket);
    const data = await store.getBlob("parameters");
    assert.ok(data);
    await store.putBlob({ name: "parameters" }, change(data));
  };
};

/** One of its fields, by place: version, stream, updates, place in it, kind, dimension, stamp, arrays, vectors. */
const field = (at: number, change: (value: unknown) => unknown): Tamper =>
  blob((data) => {
    const fields = unpack(data) as unknown[];
    fields[at] = change(fields[at]);
    return pack(fields);
  });

const arrays = (change: (x: Float32Array) => Float32Array) => (value: unknown) =>
  (value as Float32Array[]).map(change);

const nudged = (x: Float32Array): Float32Array => x.map((xi, i) => (i === 5 ? xi + 0.5 : xi));

const CASES: readonly (readonly [what: string, tamper: Tamper, said: RegExp])[] = [
  ["is cut", blob((data) => data.subarray(0, data.length / 2)), /left aside, and all updates are repeated/],
  ["is something else", blob(() => Uint8Array.of(1, 2, 3)), /left aside/],
  ["is far too long", blob(() => new Uint8Array(2 ** 20)), /1048576 bytes, where \d+ would do/],
  ["has other numbers", field(7, arrays(nudged)), /its parameters are damaged/],
  [
    "has shorter arrays",
    field(
      7,
      arrays((x) => x.subarray(1)),
    ),
    /arrays have other lengths/,
  ],
  [
    "says that more updates came before",
    field(2, (count) => Number(count) + 1000),
    /does not agree with the/,
  ],
  ["names a place that does not exist yet", field(3, (place) => Number(place) + 1e6), /left aside/],
  ["has another stamp", field(6, () => Float64Array.of(7)), /left aside/],
  ["has other vectors", field(8, arrays(nudged)), /its parameters are damaged/],
  ["lacks its bytes", lackingBytes, /left aside/],
  ["has other bytes than its digest", otherBytes, /left aside/],
];

async function lackingBytes(nc: NatsConnection, bucket: string): Promise<void> {
  const jsm = await jetstreamManager(nc);
  await jsm.streams.purge(`OBJ_${bucket}`, { filter: `$O.${bucket}.C.>` });
}

async function otherBytes(nc: NatsConnection, bucket: string): Promise<void> {
  const { nuid } = (await (await new Objm(nc).open(bucket)).info("parameters")) ?? assert.fail();
  await lackingBytes(nc, bucket);
  await jetstream(nc).publish(`$O.${bucket}.C.${nuid}`, new Uint8Array(100).fill(5));
}

/** The run, its snapshot tampered with before its only worker is followed by another one; what that one says. */
async function followed(t: TestContext, run: string, tamper: Tamper): Promise<string> {
  const nc = await connectBroker({ servers: broker.url }, "stranger");
  t.after(() => nc.close());
  const first = await worker(broker.url, run, "wasm");
  t.after(first.end);
  let late: typeof first | undefined;
  const each = async (round: number): Promise<void> => {
    if (round !== 60) return;
    await tamper(nc, `relizo-${run}-snapshots`);
    await first.end();
    late = await worker(broker.url, run, "js");
    t.after(late.end);
  };
  const { end } = await coordinate(broker.url, run, each, {}, 30); // the one snapshot is of before
  assert.deepEqual(end, await alone());
  return late?.lines.join("\n") ?? "";
}

for (const [i, [what, tamper, said]] of CASES.entries())
  test(`a snapshot that ${what} is left aside`, options, async (t) => {
    const lines = await followed(t, `snapshot${i}`, tamper);
    assert.match(lines, said);
    assert.doesNotMatch(lines, /begins with a snapshot/);
  });

test("a snapshot with forged directions is found out at the next update", options, async (t) => {
  const lines = await followed(
    t,
    "forged",
    field(4, () => "gaussian"),
  );
  assert.match(lines, /begins with a snapshot[\s\S]*differs from the run.*afresh/);
  assert.equal(lines.match(/begins with a snapshot/g)?.length, 2); // the third time without
});

/** What a machine does not do, of its updates since the start or since a snapshot. */
type Loses = (into: Update["into"], nth: number, landed: boolean) => boolean;

const ODD: readonly (readonly [what: string, loses: Loses])[] = [
  ["parameters", (into, nth, landed) => (landed ? into === "x" : nth === 9)],
  ["vectors", (into, nth, landed) => into !== "x" && (landed || nth > 9)],
];

for (const [what, loses] of ODD)
  test(
    `a machine that computes other ${what} ends, and says why; the run goes on with another`,
    options,
    async (t) => {
      const run = `odd-${what}`;
      const odd = await worker(broker.url, run, "wasm", bowl, start(), (space) => ({
        ...space,
        replica(parameters, vectors) {
          const replica = space.replica(parameters, vectors);
          let nth = 0;
          return {
            ...replica,
            apply(update) {
              if (!loses(update.into, ++nth, vectors !== undefined)) replica.apply(update);
            },
          };
        },
      }));
      t.after(odd.end);
      const failed = odd.ended.then(String, (error: Error) => error.message);
      let good: Awaited<ReturnType<typeof worker>> | undefined;
      void failed.then(async () => (good = await worker(broker.url, run, "js")));
      const { end } = await coordinate(broker.url, run);
      assert.deepEqual(end, await alone());
      assert.match(await failed, /computes other parameters than run odd-\w+, at the same update again/);
      assert.ok(odd.evaluator.differences <= 10);
      await good?.end();
    },
  );
