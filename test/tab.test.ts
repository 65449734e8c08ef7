/** A browser tab as a worker: a page of a real browser serves a run of this process, through a real broker. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { chromium as launcher } from "playwright-core";
import { natsServer, startBroker } from "../scripts/nats.ts";
import { minimize } from "../src/index.ts";
import { askBy, askInline, byTasks } from "../src/workers/index.ts";
import { natsEvaluator } from "../src/workers/node.ts";
import { CHROMIUM_ARGS, chromium } from "./chromium.ts";

const found = chromium();
const server = natsServer();
const skip = ("reason" in found && found.reason) || ("reason" in server && server.reason);

const page = (ws: string): string => `
  import { serveTab } from "./src/workers/nats/tab.ts";
  import { objective } from "./test/tab-objective.ts";
  const stop = new AbortController();
  globalThis.stop = () => stop.abort();
  globalThis.answered = 0;
  serveTab({ servers: "${ws}", run: "tab", name: "tab", objective, signal: stop.signal, onTask() { globalThis.answered++; } })
    .then(({ ended }) => ended)
    .then(() => { globalThis.ended = "well"; }, (error) => { globalThis.ended = String(error); });`;

test("a tab serves a run over WebSocket, and the run is the same bit for bit", { skip }, async () => {
  assert.ok("path" in found);
  const { objective } = await import("./tab-objective.ts");
  const broker = await startBroker();
  const { outputFiles } = await build({
    stdin: { contents: page(broker.ws), resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    write: false,
  });
  const code = outputFiles[0]!.text;
  console.log(`a worker's page: ${gzipSync(code).length} bytes, compressed`);
  const pages = createServer((_, response) =>
    response
      .setHeader("content-type", "text/html")
      .end(`<!doctype html><script type="module">${code}</script>`),
  );
  await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
  const browser = await launcher.launch({ executablePath: found.path, args: [...CHROMIUM_ARGS] });
  try {
    const tab = await browser.newPage();
    await tab.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/`);
    const evaluator = await natsEvaluator({ servers: broker.url, run: "tab" });
    const options = { seed: 5, maxQueries: 200 };
    const there = await minimize(byTasks(askBy(evaluator)), new Float64Array(10), options);
    await tab.waitForFunction(`globalThis.answered === ${there.queries}`, undefined, { timeout: 30_000 });
    assert.deepEqual(there, await minimize(byTasks(askInline(objective)), new Float64Array(10), options));
    await tab.evaluate("globalThis.stop()");
    await tab.waitForFunction("globalThis.ended", undefined, { timeout: 30_000 });
    assert.equal(await tab.evaluate("globalThis.ended"), "well");
    await evaluator.close();
  } finally {
    await browser.close();
    pages.close();
    await broker.stop();
  }
});
