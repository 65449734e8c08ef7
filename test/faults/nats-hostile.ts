/** 8. Messages from strangers and from those who may speak but lie: refused, counted, and nothing changes. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { headers, type NatsConnection } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import { startBroker } from "../../scripts/nats.ts";
import { minimize } from "../../src/index.ts";
import { fillWords } from "../../src/kernel/random/threefry.ts";
import { askBy, askInline, byTasks } from "../../src/workers/index.ts";
import { coordinate } from "../../src/workers/nats/coordinate.ts";
import { consumerOf, messageId, namesOf, resultSubject, taskSubject } from "../../src/workers/nats/names.ts";
import { pack } from "../../src/workers/nats/pack.ts";
import { serve } from "../../src/workers/nats/serve.ts";
import { writeAbout, writeNews, writeResult } from "../../src/workers/nats/wire.ts";
import { objective } from "../tab-objective.ts";

export const title = "Hostile messages";

const MESSAGES = { short: 1000, whole: 20_000 };
const QUERIES = { short: 200, whole: 1000 };
const PASSWORD = "one-of-the-test";

/** Who may do what: the coordinator all that concerns runs, a worker only what a worker does. `docs/distributed.md` shows the same. */
const USERS = `
authorization {
  coordinator: { publish: ["relizo.>", "$JS.API.>", "_INBOX.>"], subscribe: ["relizo.>", "_INBOX.>"] }
  worker: {
    publish: ["relizo.*.hello", "relizo.*.results.>", "$JS.API.CONSUMER.MSG.NEXT.>", "$JS.ACK.>"]
    subscribe: ["relizo.*.news", "_INBOX.>"]
  }
  users: [
    { user: coordinator, password: ${PASSWORD}, permissions: $coordinator }
    { user: worker, password: ${PASSWORD}, permissions: $worker }
  ]
}`;

export async function run(scale: "short" | "whole"): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "relizo-hostile-"));
  const broker = await startBroker(USERS);
  const servers = broker.url.replace("nats://", "");
  const open = (user: string): Promise<NatsConnection> =>
    connect({ servers, user, pass: PASSWORD, maxReconnectAttempts: -1 });
  try {
    const strangers = await Promise.all(
      [{}, { user: "worker" }, { user: "worker", pass: "wrong" }, { token: PASSWORD }].map((who) =>
        connect({ servers, reconnect: false, ...who }).then(
          (nc) => nc.close().then(() => 0),
          () => 1,
        ),
      ),
    );
    assert.deepEqual(strangers, [1, 1, 1, 1]);

    const run = "hostile";
    const options = { seed: 1, maxQueries: QUERIES[scale] };
    const x0 = new Float64Array(8);
    const alone = await minimize(byTasks(askInline(objective)), x0, options);
    const said: string[] = [];
    const log = (line: string): void => void said.push(line);
    const evaluator = await coordinate(await open("coordinator"), { run, ackWait: 1, log });
    const stop = new AbortController();
    const here = {
      name: "here",
      capacity: 1,
      evaluate: async ([one]: readonly { readonly candidate: Float64Array }[]) => [objective(one!.candidate)],
      close: async () => {},
    };
    const workers = await Promise.all(
      ["a", "b"].map(async (name) => {
        const nc = await open("worker");
        const service = serve(nc, here, { run, name, signal: stop.signal, log, longest: 10_000 });
        return { ...service, close: () => nc.close() };
      }),
    );
    const attack = attacks(await open("worker"), await open("coordinator"), run, MESSAGES[scale]);
    const there = await minimize(byTasks(askBy(evaluator)), x0, {
      ...options,
      onStep: () => attack.some(),
    });
    await attack.rest();
    assert.deepEqual(there, alone);
    const [again] = await evaluator.evaluate(
      [{ round: 10 ** 6, index: 0, step: 0, batch: 0, candidate: x0 }],
      AbortSignal.timeout(60_000),
    );
    assert.equal(again, objective(x0));
    stop.abort();
    for (const { ended, close } of workers) await ended.then(close);
    await evaluator.close();
    const sum = (counts: Iterable<number>): number => [...counts].reduce((total, one) => total + one, 0);
    const atWorkers = workers.map(({ refused }) => sum(refused.values()));
    console.log(
      `${attack.sent()} hostile messages while a run of ${there.queries} queries went on: the same bits. The coordinator refused ` +
        `${sum(evaluator.refused.values())} (${[...evaluator.refused].map(([why, n]) => `${n} ${why}`).join(", ")}), the workers ${atWorkers.join(" and ")} ` +
        `(${[...workers[0]!.refused].map(([why, n]) => `${n} ${why}`).join(", ")}), the broker ${attack.denied()} that a worker may not send and ` +
        `${strangers.length} strangers; ${said.filter((line) => line.includes("refused")).length} lines of log`,
    );
    assert.equal(sum(evaluator.refused.values()) >= MESSAGES[scale] / 4, true);
    assert.equal(sum(atWorkers) >= MESSAGES[scale] / 4, true);
    assert.equal(attack.denied() > 0, true);
    assert.equal(attack.sent() >= MESSAGES[scale], true);
  } finally {
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Messages of every wrong kind. A worker's rights reach the coordinator: results and hellos. The rights of a coordinator, gone astray, reach the
 * workers: news and tasks; and what it says of hellos.
 */
function attacks(worker: NatsConnection, insider: NatsConnection, run: string, total: number) {
  const names = namesOf(run);
  let hash = "0".repeat(32);
  let sent = 0;
  let denied = 0;
  const old: { subject: string; data: Uint8Array }[] = [];
  insider.subscribe(names.results, {
    callback(_, { subject, data }) {
      hash = subject.split(".")[3]!;
      if (old.length < 1000) old.push({ subject, data: data.slice() });
    },
  });
  void (async () => {
    for await (const { type } of worker.status()) if (type === "error") denied++;
  })();
  const words = new Int32Array(4);
  const draw = (below: number): number => {
    fillWords(words, [7, 0, sent, 0], 0, 1);
    return (words[sent % 4]! >>> 0) % below;
  };
  const junk = (longest: number): Uint8Array => {
    const bytes = new Uint8Array(draw(longest));
    for (let i = 0; i < bytes.length; i++) bytes[i] = (draw(251) * (i + 1)) & 255;
    return bytes;
  };
  const place = () => ({ hash, round: draw(40), index: draw(12) });
  const digest = new Uint8Array(16);
  const value = (answer: number) => writeResult({ digest, worker: "liar", said: { answer } });
  const to = (nc: NatsConnection, subject: string, data: Uint8Array, id?: string): void => {
    const own = headers();
    if (id !== undefined) own.set("Nats-Msg-Id", id);
    nc.publish(subject, data, { headers: own });
  };
  const kinds: readonly (() => void)[] = [
    () => to(worker, resultSubject(names, place()), junk(200)),
    () => to(worker, resultSubject(names, place()), new Uint8Array(100_000)),
    () => to(worker, resultSubject(names, place()), value(-1e300)),
    () =>
      to(worker, resultSubject(names, { ...place(), hash: "f".repeat(32) }), value(Number.NEGATIVE_INFINITY)),
    () => to(worker, `${resultSubject(names, place())}.1`, value(0)),
    () => to(worker, `relizo.${run}.results.${hash}.-1.2`, value(0)),
    () => to(worker, resultSubject(names, place()), pack([1, 0, "7", digest, "liar"])),
    () => to(worker, resultSubject(names, place()), pack([9, 0, Float64Array.of(1), digest, "liar"])),
    () => to(worker, resultSubject(names, place()), Uint8Array.of(0xdd, 1, 0xc0, 0, 0, 0xdd, 1, 0xc0, 0, 0)),
    () => {
      const one = old[draw(Math.max(1, old.length))];
      if (one) to(worker, one.subject, one.data); // an answer that was true once, again
    },
    () => to(worker, names.hello, pack([1, "liar", 1e9])),
    () => to(worker, names.hello, pack([1, "\u001b[2J", 1])),
    () => to(worker, names.hello, junk(600)),
    () => to(worker, names.news, writeNews({ hash, event: "over", messages: [] })), // not a worker's to say
    () => to(worker, taskSubject(names, place()), pack([1, 0, 0, Float64Array.of(1)])),
    () => to(insider, names.news, junk(200)),
    () => to(insider, names.news, new Uint8Array(70_000)),
    () => to(insider, names.news, writeNews({ hash: "e".repeat(32), event: "over", messages: [] })),
    () => to(insider, names.news, pack([1, hash, 7, []])),
    () => to(insider, names.news, pack([1, hash, 2, [-1]])),
    () => to(insider, names.news, writeAbout({ hash, ackWait: 1, deliveries: 1 })),
    () =>
      to(insider, taskSubject(names, { ...place(), round: 5000 + sent }), junk(300), messageId(hash, sent)),
    () => to(insider, taskSubject(names, { ...place(), round: 5000 + sent }), new Uint8Array(20_000)),
    () =>
      to(
        insider,
        taskSubject(names, { hash: "d".repeat(32), round: sent, index: 0 }),
        pack([1, 0, 0, Float64Array.of(1)]),
        messageId("d".repeat(32), 1),
      ),
    () =>
      to(
        insider,
        taskSubject(names, { ...place(), round: 5000 + sent }),
        pack([1, 0, 0, { code: "process.exit()" }]),
        messageId(hash, sent),
      ),
    () =>
      to(
        insider,
        taskSubject(names, { ...place(), round: 5000 + sent }),
        pack([1, 0, 0, Float64Array.of(1, 2, 3)]),
        messageId(hash, 10 ** 9 + sent),
      ),
    () => to(insider, `relizo.${run}.tasks.${hash}`, pack([1, 0, 0, Float64Array.of(1)])),
    () =>
      to(
        worker,
        `$JS.ACK.${names.stream}.${consumerOf(hash)}.1.999999.999999.1.0`,
        new TextEncoder().encode("+ACK"),
      ),
  ];
  const some = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) kinds[sent++ % kinds.length]!();
    await Promise.all([worker.flush(), insider.flush()]);
  };
  return {
    sent: () => sent,
    denied: () => denied,
    some: () => (sent < 2 * total ? some(total / 20) : Promise.resolve()),
    async rest(): Promise<void> {
      while (sent < total) await some(total / 20);
      await new Promise((resolve) => setTimeout(resolve, 200));
      await Promise.all([worker.close(), insider.close()]);
    },
  };
}
