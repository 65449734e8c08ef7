import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { natsServer, startBroker } from "../../../scripts/nats.ts";
import { type BrokerOptions, connectBroker } from "./connect.ts";
import { natsEvaluator } from "./evaluator.ts";

const server = natsServer();
const options = "path" in server ? {} : { skip: server.reason };
const tls =
  "path" in server && spawnSync("openssl", ["version"]).status === 0 ? {} : { skip: "openssl is missing" };

/** With this environment and no other secrets. */
async function as<T>(env: Record<string, string>, body: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  for (const key of Object.keys(process.env)) if (key.startsWith("RELIZO_NATS_")) delete process.env[key];
  Object.assign(process.env, env);
  try {
    return await body();
  } finally {
    process.env = before;
  }
}

async function refused(given: BrokerOptions, env: Record<string, string> = {}): Promise<string> {
  const error = await as(env, () => connectBroker(given, "test")).then(
    (nc) => nc.close().then(() => assert.fail("it connected")),
    (reason: Error) => reason,
  );
  return error.message;
}

async function connects(given: BrokerOptions, env: Record<string, string> = {}): Promise<void> {
  const nc = await as(env, () => connectBroker(given, "test"));
  assert.ok((await nc.rtt()) >= 0);
  await nc.close();
}

test("an address holds no secret, and no message repeats one", async () => {
  for (const servers of [
    "nats://me:hunter2@localhost:4222",
    "me:hunter2@localhost",
    "nats://hunter2@localhost",
    ["nats://localhost", "tls://a:hunter2@b"],
    "nats://hunter2@[",
  ]) {
    const message = await refused({ servers });
    assert.match(message, /leave it out|must be like/);
    assert.doesNotMatch(message, /hunter2/);
  }
  assert.match(await refused({ servers: "http://localhost" }), /must begin with nats:/);
  assert.match(await refused({ servers: "" }), /must be an address/);
  assert.match(await refused({ servers: "localhost" }, { RELIZO_NATS_USER: "me" }), /go together/);
  const two = { RELIZO_NATS_TOKEN: "hunter2", RELIZO_NATS_NKEY: "hunter3" };
  const message = await refused({ servers: "localhost" }, two);
  assert.match(message, /in one way/);
  assert.doesNotMatch(message, /hunter/);
  assert.match(await refused({ servers: "tls://localhost", ca: "/no/such" }), /cannot be read/);
  assert.match(await refused({ servers: "nats://127.0.0.1:1" }), /is it running/);
});

test("only those whom the broker knows come in", options, async (t) => {
  const secret = "hunter2hunter2";
  const byUser = await startBroker(`authorization { user: ann, password: "${secret}" }`);
  t.after(byUser.stop);
  const user = { RELIZO_NATS_USER: "ann", RELIZO_NATS_PASSWORD: secret };
  await connects({ servers: byUser.url }, user);
  for (const env of [{}, { ...user, RELIZO_NATS_PASSWORD: `${secret}3` }, { RELIZO_NATS_TOKEN: secret }]) {
    const message = await refused({ servers: byUser.url }, env);
    assert.match(message, /does not know who asks: set RELIZO_NATS_USER/);
    assert.doesNotMatch(message, /hunter/);
  }
  await assert.rejects(natsEvaluator({ servers: byUser.url, run: "a" }), /does not know who asks/);
  const byToken = await startBroker(`authorization { token: "${secret}" }`);
  t.after(byToken.stop);
  await connects({ servers: byToken.url }, { RELIZO_NATS_TOKEN: secret });
  await refused({ servers: byToken.url });
});

test("over TLS the broker is who it says, and tls:// never goes without", tls, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "relizo-tls-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const broker = async (name: string, names: string) => {
    const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
    const words = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=${name} -days 2`;
    const made = spawnSync("openssl", [
      ...words.split(" "),
      ...["-keyout", key, "-out", cert, "-addext", `subjectAltName=${names}`],
    ]);
    assert.equal(made.status, 0, String(made.stderr));
    const one = await startBroker(`tls { cert_file: "${cert}", key_file: "${key}" }`);
    t.after(one.stop);
    return { servers: one.url.replace("nats:", "tls:"), ca: cert };
  };
  const { servers, ca } = await broker("both", "DNS:localhost,IP:127.0.0.1");
  await connects({ servers, ca });
  await connects({ servers: servers.replace("127.0.0.1", "localhost"), ca });
  assert.match(await refused({ servers }), /do not agree on TLS: name the authority/);
  assert.match(await refused({ servers, ca, cert: ca }), /cert and key go together/);
  const numbers = await broker("numbers", "IP:127.0.0.1");
  await connects(numbers);
  const byName = { ...numbers, servers: numbers.servers.replace("127.0.0.1", "localhost") };
  assert.match(await refused(byName), /certificate is for other names/);
  const name = await broker("name", "DNS:localhost"); // is not what an address in numbers is checked against
  assert.match(await refused(name), /IP: 127\.0\.0\.1 is not in the cert.*certificate is for other names/);
  await connects({ ...name, servers: name.servers.replace("127.0.0.1", "localhost") });
  assert.match(await refused({ ...name, ca }), /do not agree on TLS: name the authority/);
  const plain = await startBroker();
  t.after(plain.stop);
  assert.match(await refused({ servers: plain.url.replace("nats:", "tls:"), ca }), /TLS/i);
});
