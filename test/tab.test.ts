/** A browser tab as a worker: a page of a real browser serves a run of this process, through a real broker. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { chromium as launcher, type Page } from "playwright-core";
import { natsServer, startBroker } from "../scripts/nats.ts";
import { minimize } from "../src/index.ts";
import { askBy, askInline, byTasks } from "../src/workers/index.ts";
import { natsEvaluator } from "../src/workers/node.ts";
import { CHROMIUM_ARGS, chromium } from "./chromium.ts";
import { coordinate, worker } from "./shared-run.ts";
import { objective } from "./tab-objective.ts";

const found = chromium();
const server = natsServer();
const skip = ("reason" in found && found.reason) || ("reason" in server && server.reason);

/** @param f  the objective of the page, an expression */
const page = (ws: string, f = "objective"): string => `
  import { serveTab } from "./src/workers/nats/tab.ts";
  import { objective } from "./test/tab-objective.ts";
  const stop = new AbortController();
  globalThis.stop = () => stop.abort();
  globalThis.answered = 0;
  globalThis.began = 0;
  serveTab({ servers: "${ws}", run: "tab", name: "tab", objective: ${f}, signal: stop.signal, onTask() { globalThis.answered++; } })
    .then(({ ended }) => ended)
    .then(() => { globalThis.ended = "well"; }, (error) => { globalThis.ended = String(error); });`;

interface Tabs {
  readonly url: string;
  open(f?: string): Promise<Page>;
}

/** A broker and a browser, whose pages are workers. */
async function tabs(t: TestContext): Promise<Tabs> {
  assert.ok("path" in found);
  const broker = await startBroker();
  t.after(broker.stop);
  let html = "";
  const pages = createServer((_, response) => response.setHeader("content-type", "text/html").end(html));
  await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
  t.after(() => pages.close());
  const browser = await launcher.launch({ executablePath: found.path, args: [...CHROMIUM_ARGS] });
  t.after(() => browser.close());
  return {
    url: broker.url,
    async open(f) {
      const { outputFiles } = await build({
        stdin: { contents: page(broker.ws, f), resolveDir: process.cwd() },
        bundle: true,
        minify: true,
        format: "esm",
        platform: "browser",
        write: false,
      });
      const code = outputFiles[0]!.text;
      console.log(`a worker's page: ${gzipSync(code).length} bytes, compressed`);
      html = `<!doctype html><script type="module">${code}</script>`;
      const tab = await browser.newPage();
      await tab.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/`);
      return tab;
    },
  };
}

const run = { seed: 5, maxQueries: 200 };
const alone = () => minimize(byTasks(askInline(objective)), new Float64Array(10), run);

test("a tab serves a run over WebSocket, and the run is the same bit for bit", { skip }, async (t) => {
  const { url, open } = await tabs(t);
  const tab = await open();
  const evaluator = await natsEvaluator({ servers: url, run: "tab" });
  const there = await minimize(byTasks(askBy(evaluator)), new Float64Array(10), run);
  await tab.waitForFunction(`globalThis.answered === ${there.queries}`, undefined, { timeout: 30_000 });
  assert.deepEqual(there, await alone());
  await tab.evaluate("globalThis.stop()");
  await tab.waitForFunction("globalThis.ended", undefined, { timeout: 30_000 });
  assert.equal(await tab.evaluate("globalThis.ended"), "well");
  await evaluator.close();
});

test("a tab that is closed in the middle of a task leaves it to another one", { skip }, async (t) => {
  const { url, open } = await tabs(t);
  const stuck = await open("(x) => ++globalThis.began < 20 ? objective(x) : new Promise(() => {})");
  const evaluator = await natsEvaluator({ servers: url, run: "tab", ackWait: 1 });
  const running = minimize(byTasks(askBy(evaluator)), new Float64Array(10), run);
  await stuck.waitForFunction("globalThis.began === 20", undefined, { timeout: 30_000 });
  await stuck.close();
  const other = await open();
  assert.deepEqual(await running, await alone());
  assert.ok(Number(await other.evaluate("globalThis.answered")) > 100);
  await evaluator.close();
});

test("a tab at a run whose parameters move in place says that it cannot answer there", {
  skip,
}, async (t) => {
  const { url, open } = await tabs(t);
  const tab = await open();
  const running = coordinate(url, "tab");
  await tab.waitForFunction("globalThis.ended", undefined, { timeout: 30_000 });
  assert.match(
    String(await tab.evaluate("globalThis.ended")),
    /asks for candidates of parameters that move in place/,
  );
  const one = await worker(url, "tab", "js");
  await running;
  await one.end();
});
