import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Queue } from "bullmq";
import fc from "fast-check";
import { Redis } from "ioredis";
import { type RedisBroker, redisServer, startRedis } from "../../scripts/redis.ts";
import { RelizoError } from "../error.ts";
import { askBy, type Evaluator } from "../evaluate/policy.ts";
import { type Ask, askInline, type Task } from "../evaluate/task.ts";
import { openJournal } from "../journal/file/index.ts";
import { minimizeRecorded } from "../journal/minimize-recorded.ts";
import { type BullEvaluator, type BullServeOptions, bullEvaluator, serveBull } from "./bullmq.ts";
import { writeResult } from "./nats/wire.ts";

const server = redisServer();
const options = "path" in server ? {} : { skip: server.reason };
const openssl =
  "path" in server && spawnSync("openssl", ["version"]).status === 0 ? {} : { skip: "openssl is missing" };
let broker: RedisBroker;
/** What a test that failed may have left open. */
const ends: (() => Promise<unknown>)[] = [];

before(async () => {
  if ("path" in server) broker = await startRedis();
});
after(async () => {
  for (const end of ends.reverse()) await end();
  await broker?.stop();
});

/** A valley whose values need every bit. */
const valley = (x: Float64Array): number => x.reduce((sum, xi, i) => sum + (i + 1) * (xi - 0.3) ** 2, 0);
const later = <T>(ms: number, value: T): Promise<T> => new Promise((r) => setTimeout(r, ms, value));
const never = new AbortController().signal;
const task = (index: number): Task => ({
  round: 0,
  index,
  step: 0,
  batch: 0,
  candidate: Float64Array.of(index, -0),
});

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    assert.notEqual(tries, 600, `it never held: ${holds}`);
    await later(50, undefined);
  }
}

async function begun(run: string, url = broker.url, own = {}): Promise<BullEvaluator> {
  const evaluator = await bullEvaluator({ url, run, ...own });
  ends.push(() => evaluator.close());
  return evaluator;
}

function here(f: (x: Float64Array, signal: AbortSignal) => number | Promise<number>): Evaluator {
  return {
    name: "here",
    capacity: 1,
    evaluate: (tasks, signal) => Promise.all(tasks.map(async ({ candidate }) => f(candidate, signal))),
    close: async () => {},
  };
}

async function worker(run: string, f: Parameters<typeof here>[0], own: Partial<BullServeOptions> = {}) {
  const stop = new AbortController();
  const service = await serveBull(here(f), { url: broker.url, run, ackWait: 1, ...own, signal: stop.signal });
  const end = async (): Promise<void> => {
    stop.abort();
    await service.ended;
  };
  ends.push(() => end().catch(() => {}));
  return { ...service, end };
}

/** A worker in a process of its own, whose objective says what it is asked and never answers. */
function doomed(run: string, url = broker.url): ChildProcess {
  const here = JSON.stringify(new URL("./bullmq.ts", import.meta.url).href);
  const code = `
    import { serveBull } from ${here};
    const evaluate = ([task]) => { console.log("asked", task.index); return new Promise(() => {}); };
    await serveBull({ name: "doomed", capacity: 1, evaluate, close: async () => {} }, { url: "${url}", run: "${run}", ackWait: 1 });
    console.log("there");`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  ends.push(async () => child.kill("SIGKILL"));
  return child;
}

test("the journal is that of the objective called here, byte for byte", options, async () => {
  const folder = mkdtempSync(join(tmpdir(), "relizo-bullmq-"));
  const recorded = async (name: string, ask: Ask) => {
    const journal = await openJournal(join(folder, name));
    const end = await minimizeRecorded(ask, new Float64Array(12), { seed: 3, maxQueries: 300, journal });
    await journal.close();
    return { end, bytes: readFileSync(join(folder, name)) };
  };
  const workers = await Promise.all(
    ["a", "b", "c"].map((name, i) => worker("same", (x) => later(i, valley(x)), { name, slots: i + 1 })),
  );
  const evaluator = await begun("same");
  const there = await recorded("there", askBy(evaluator));
  assert.deepEqual(there, await recorded("here", askInline(valley)));
  assert.ok(there.bytes.length > 3000);
  assert.equal(evaluator.refused.size, 0);
  await evaluator.close();
  for (const one of workers) await one.end();
  rmSync(folder, { recursive: true });
});

test(
  "kill -9 in the middle of a task: another worker gets it, and the value is the same",
  options,
  async () => {
    const waits: number[] = [];
    for (let i = 0; i < 3; i++) {
      const run = `killed-${i}`;
      const evaluator = await begun(run);
      const child = doomed(run);
      let said = "";
      child.stdout!.on("data", (data: Buffer) => {
        said += data;
      });
      await until(() => said.includes("there"));
      const answer = evaluator.evaluate([task(5)], never);
      await until(() => said.includes("asked 5"));
      const one = await worker(run, ([x]) => x! / 3);
      child.kill("SIGKILL");
      const began = performance.now();
      assert.deepEqual(await answer, [5 / 3]);
      waits.push((performance.now() - began) / 1000);
      await one.end();
      await evaluator.close();
    }
    console.log(`redelivered ${waits.map((s) => s.toFixed(2)).join(", ")} s after kill -9, ack wait 1 s`);
  },
);

test("a task that nobody waits for is dropped by whoever works on it", options, async () => {
  const evaluator = await begun("drop");
  const [asked, dropped]: [number[], number[]] = [[], []];
  const one = await worker("drop", ([x], signal) => {
    asked.push(x!);
    signal.addEventListener("abort", () => dropped.push(x!));
    return x! < 2 ? new Promise(() => {}) : x!;
  });
  const stop = new AbortController();
  const given = evaluator.evaluate([task(0), task(1)], stop.signal);
  await until(() => asked.length === 1);
  stop.abort(new Error("enough"));
  await assert.rejects(given, /enough/);
  await until(() => dropped.length === 1);
  assert.deepEqual(await evaluator.evaluate([task(2)], never), [2]);
  assert.deepEqual(asked, [asked[0], 2]); // the other was taken back before anybody began
  await one.end();
  await evaluator.close();
});

test("a broker that is killed and comes back empty costs a pause, no answer", options, async (t) => {
  const own = await startRedis();
  t.after(own.stop);
  const one = await worker("empty", ([x]) => later(30, x!), { url: own.url, slots: 2 });
  const evaluator = await begun("empty", own.url);
  const counts = new Map<number, number>();
  const tasks = Array.from({ length: 40 }, (_, i) => task(i));
  const answers = askBy(evaluator)(tasks, {
    signal: never,
    began() {},
    answered(index, value) {
      assert.equal(value, index);
      counts.set(index, (counts.get(index) ?? 0) + 1);
    },
  });
  await until(() => counts.size > 5);
  await own.restart();
  await answers;
  assert.deepEqual([counts.size, ...new Set(counts.values())], [40, 1]);
  await one.end();
  await evaluator.close();
});

test("hostile results and tasks are refused, counted, and change nothing", options, async () => {
  const run = "hostile";
  const [seen, asked]: [string[], number[]] = [[], []];
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const one = await worker(run, async ([x]) => {
    asked.push(x!);
    await gate;
    return x!;
  });
  const evaluator = await begun(run);
  const redis = new Redis(broker.url, { maxRetriesPerRequest: null });
  const queue = new Queue(`relizo-${run}`, {
    connection: redis,
  });
  ends.push(async () => redis.disconnect());
  const answer = evaluator.evaluate([task(4)], never);
  await until(() => asked.length === 1);
  const [job] = await queue.getJobs(["active"]);
  const id = job!.id!;
  const say = (jobId: string, value: unknown): Promise<unknown> => {
    seen.push(String(value));
    const text =
      typeof value === "string" ? value : JSON.stringify(Buffer.from(value as Uint8Array).toString("base64"));
    return redis.xadd(queue.toKey("events"), "*", "event", "completed", "jobId", jobId, "returnvalue", text);
  };
  const result = (digest: Uint8Array) => writeResult({ said: { answer: 666 }, digest, worker: "mallory" });
  await say(id, result(new Uint8Array(16))); // the right task, somebody else's candidate
  await say(`${"0".repeat(32)}.0`, result(new Uint8Array(16))); // of another start
  await say(id, '{"value":666}');
  await say(id, "666");
  await say(id, JSON.stringify("a".repeat(100_000)));
  const noise = fc.sample(fc.uint8Array({ maxLength: 200 }), { numRuns: 1000, seed: 4 });
  for (const bytes of noise) await say(id, bytes);
  await until(() => [...evaluator.refused.values()].reduce((a, b) => a + b, 0) === seen.length);
  assert.deepEqual(evaluator.refused.get("for another candidate"), 1);
  assert.deepEqual(evaluator.refused.get("not asked for"), 1);
  assert.deepEqual(evaluator.refused.get("too long"), 1);
  for (const broken of ["{", "\u0000", '"']) await say(id, broken); // no JSON: BullMQ's own listener ends, and is started again
  open();
  assert.deepEqual(await answer, [4]);

  const wrong = { removeOnComplete: true, removeOnFail: true };
  for (const [name, data] of [
    ["run rm -rf", "aGVsbG8="],
    [job!.name, { code: "process.exit()" }],
    [job!.name.replace("relizo.hostile", "relizo.other"), job!.data as string],
    ...noise.slice(0, 200).map((bytes) => [job!.name, Buffer.from(bytes).toString("base64")] as const),
  ] as const)
    await queue.add(name, data, wrong);
  assert.deepEqual(await evaluator.evaluate([task(6)], never), [6]);
  const refused = [...one.refused.values()].reduce((a, b) => a + b, 0);
  assert.equal(refused, 203);
  assert.deepEqual([...new Set(asked)], [4, 6]); // an answer that nobody could hear is computed again

  const replay = await redis.xrange(queue.toKey("events"), "-", "+");
  const said = replay.map(([, fields]) => fields).filter((fields) => fields.includes("completed"));
  const before = evaluator.refused.get("not asked for") ?? 0;
  const last = said.at(-1)!;
  await redis.xadd(queue.toKey("events"), "*", ...last);
  await until(() => (evaluator.refused.get("not asked for") ?? 0) === before + 1);
  await one.end();
  await evaluator.close();
});

test("an objective's own mistake ends the run, a worker's own fault only that worker", options, async () => {
  const evaluator = await begun("fault", broker.url, { deliveries: 2 });
  const broken = await worker("fault", () => Promise.reject(new RelizoError("DATA", "no module")));
  const ended = broken.ended.catch((error: unknown) => error);
  const first = evaluator.evaluate([task(1)], never);
  assert.match(String(await ended), /no module/);
  const good = await worker("fault", ([x]) => x!);
  assert.deepEqual(await first, [1]);
  await good.end();
  const wrong = await worker("fault", () => Promise.reject(new RelizoError("VALUE", "no number")));
  await assert.rejects(evaluator.evaluate([task(2)], never), { code: "VALUE", message: "no number" });
  await wrong.end();
  const dying = await worker("fault", () => Promise.reject(new Error("dead")));
  await assert.rejects(evaluator.evaluate([task(3)], never), { code: "EVALUATOR", message: /dead/ });
  await dying.end();
  await evaluator.close();
  await assert.rejects(evaluator.evaluate([task(1)], never), /closed/);
});

/** With this environment and no other secrets. */
async function as<T>(env: Record<string, string>, body: () => Promise<T>): Promise<T> {
  const kept = { ...process.env };
  for (const key of Object.keys(process.env)) if (key.startsWith("RELIZO_REDIS_")) delete process.env[key];
  Object.assign(process.env, env);
  try {
    return await body();
  } finally {
    process.env = kept;
  }
}

async function refused(url: string, env: Record<string, string> = {}): Promise<string> {
  const found = await as(env, () => bullEvaluator({ url, run: "a" })).catch((error: unknown) => error);
  assert.ok(found instanceof RelizoError, String(found));
  return found.message;
}

test("an address holds no secret, and only those whom the broker knows come in", options, async (t) => {
  const secret = "hunter2hunter2";
  for (const url of [
    "redis://me:hunter2@h",
    "redis://:hunter2@h",
    "redis://h?password=hunter2",
    "me:hunter2@h",
  ]) {
    const message = await refused(url);
    assert.match(message, /leave it out, and set RELIZO_REDIS_USER/);
    assert.doesNotMatch(message, /hunter2/);
  }
  assert.match(await refused("nats://h"), /must begin with redis:\/\/ or rediss:/);
  assert.match(await refused("redis://127.0.0.1:1"), /is it running/);
  const own = await startRedis(["--requirepass", secret]);
  t.after(own.stop);
  for (const env of [
    {},
    { RELIZO_REDIS_PASSWORD: `${secret}3` },
    { RELIZO_REDIS_USER: "eve", RELIZO_REDIS_PASSWORD: secret },
  ]) {
    const message = await refused(own.url, env);
    assert.match(message, /does not know who asks: set RELIZO_REDIS_USER/);
    assert.doesNotMatch(message, /hunter/);
  }
  await as({ RELIZO_REDIS_PASSWORD: secret }, async () =>
    (await bullEvaluator({ url: own.url, run: "a" })).close(),
  );
  const root = new Redis(own.url, { password: secret });
  t.after(() => root.disconnect());
  await root.acl("SETUSER", "half", "on", `>${secret}`, "~*", "&*", "+@all", "-eval", "-evalsha");
  const before = await root.client("LIST");
  const env = { RELIZO_REDIS_USER: "half", RELIZO_REDIS_PASSWORD: secret };
  assert.match(await refused(own.url, env), /NOPERM.*who has no right to this: give that user all commands/);
  const left = async (): Promise<number> =>
    String(await root.client("LIST")).match(/user=half/g)?.length ?? 0;
  assert.doesNotMatch(String(before), /user=half/);
  for (let tries = 0; (await left()) > 0; tries++) {
    assert.notEqual(tries, 100, "a connection stays open");
    await later(50, undefined);
  }
  const lines: string[] = [];
  const stop = new AbortController();
  const { ended } = await as(env, () =>
    serveBull(
      here(() => 1),
      { url: own.url, run: "a", log: (line) => lines.push(line), signal: stop.signal },
    ),
  );
  await until(() => lines.some((line) => /^worker: NOPERM/.test(line)));
  stop.abort();
  await ended;
  root.disconnect();
});

test("over TLS the broker is who it says, and rediss:// never goes without", openssl, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "relizo-tls-"));
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const made = spawnSync("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
    ...["-keyout", key, "-out", cert, "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
  ]);
  assert.equal(made.status, 0, String(made.stderr));
  const secure = await startRedis([], { cert, key });
  t.after(secure.stop);
  assert.match(await refused(secure.url), /do not agree on TLS/); // whose certificate nobody here knows
  assert.match(await refused(broker.url.replace("redis:", "rediss:")), /TLS|running/);
  const module = JSON.stringify(new URL("./bullmq.ts", import.meta.url).href);
  const code = `import { bullEvaluator } from ${module}; await (await bullEvaluator({ url: "${secure.url}", run: "a" })).close(); console.log("came in");`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", "tsx", "--input-type=module", "-e", code],
    {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: cert },
      encoding: "utf8",
    },
  );
  assert.match(stdout, /came in/, stderr);
  rmSync(folder, { recursive: true });
});
