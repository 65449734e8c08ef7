import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Broker, natsServer, startBroker } from "../scripts/nats.ts";
import { minimize } from "../src/index.ts";
import { askBy, askInline, byTasks } from "../src/workers/index.ts";
import { natsEvaluator } from "../src/workers/node.ts";

const server = natsServer();
const options = "path" in server ? {} : { skip: server.reason };
const folder = mkdtempSync(join(tmpdir(), "relizo-worker-"));
const file = join(folder, "objective.ts");
let broker: Broker;

before(async () => {
  writeFileSync(
    file,
    `export const x0: number[] = [1, 2, 3];
     export const objective = (x: Float64Array): number => x[0]! * x[0]! + x[1]! * x[1]! + x[2]! * x[2]!;`,
  );
  if ("path" in server) broker = await startBroker();
});
after(async () => {
  rmSync(folder, { recursive: true });
  await broker?.stop();
});

const objective = (x: Float64Array): number => x[0]! * x[0]! + x[1]! * x[1]! + x[2]! * x[2]!;

function relizo(...args: readonly string[]) {
  const child = spawn(process.execPath, ["--import", "tsx", "cli/relizo.ts", "worker", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => {
      said += data;
    });
  const ended = new Promise<{ code: number | null; said: string }>((resolve) =>
    child.on("close", (code) => resolve({ code, said })),
  );
  return { child, ended };
}

test(
  "workers answer a run from their own modules and programs, and end with it or at ctrl-C",
  options,
  async () => {
    const nats = ["--nats", broker.url, "--run", "cli"];
    const evaluator = await natsEvaluator({ servers: broker.url, run: "cli" });
    const lines = `require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const { id, x } = JSON.parse(line);
    console.log(JSON.stringify({ id, value: x[0] * x[0] + x[1] * x[1] + x[2] * x[2] }));
  });`;
    writeFileSync(join(folder, "program.cjs"), lines);
    const first = relizo(...nats, "--objective", file, "--threads", "2", "--once");
    const second = relizo(...nats, "--command", `node '${join(folder, "program.cjs")}'`, "--name", "second");
    for (let tries = 0; evaluator.workers < 2; tries++) {
      assert.notEqual(tries, 1200, "they did not come");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.equal(evaluator.capacity, 3);
    const settings = { seed: 2, maxQueries: 100 };
    const x0 = Float64Array.of(1, 2, 3);
    const there = await minimize(byTasks(askBy(evaluator)), x0, settings);
    assert.deepEqual(there, await minimize(byTasks(askInline(objective)), x0, settings));
    second.child.kill("SIGINT");
    const ended = await second.ended;
    assert.equal(ended.code, 130, ended.said);
    assert.match(ended.said, /worker second ends: \d+ answered/);
    await evaluator.close();
    const once = await first.ended;
    assert.equal(once.code, 0, once.said);
    assert.match(once.said, /run cli is over/);
  },
);

test("a wrong call is refused before anything is served", options, async () => {
  const nats = ["--nats", "nats://127.0.0.1:1", "--run", "cli"];
  for (const [args, said] of [
    [[...nats], /one of --objective FILE and --command LINE/],
    [[...nats, "--objective", "no-such.ts"], /no-such/],
    [["--nats", "nats://a:hunter2@b", "--run", "cli", "--objective", file], /leave it out/],
    [["--nats", "nats://127.0.0.1:1", "--run", "a b", "--objective", file], /letters, digits/],
    [[...nats, "--objective", file, "--name", "a/b"], /name must be 1 to 80 letters, digits.*got "a\/b"/],
  ] as const) {
    const { code, said: found } = await relizo(...args).ended;
    assert.match(found, said);
    assert.equal(code, 2, found);
    assert.equal(found.includes("hunter2"), false);
  }
  const { code, said } = await relizo(...nats, "--objective", file).ended;
  assert.match(said, /no connection to 127.0.0.1:1/);
  assert.equal(code, 1);
});
