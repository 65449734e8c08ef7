/** A run in a page that asks a service takes the steps it takes in Node; a redirect and a refusal are told as in Node. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { build } from "esbuild";
import { chromium as launcher } from "playwright-core";
import { decode, minimize, type RunState } from "../../src/index.ts";
import { CHROMIUM_ARGS, chromium } from "../chromium.ts";
import { valley, x0 } from "./objective.ts";

const found = chromium();
const OPTIONS = { seed: 7, maxQueries: 200 };

const PAGE = `
  import { encode, minimize } from "./src/index.ts";
  import { askBy, byTasks, endpoint } from "./src/workers/index.ts";
  const run = async (url) => {
    const ask = askBy(endpoint({ url: new URL(url, location.href) }), { batchSize: 3, backoff: 0.001 });
    return encode((await minimize(byTasks(ask), ${JSON.stringify(x0)}, ${JSON.stringify(OPTIONS)})).state);
  };
  Object.assign(globalThis, { run: (url) => run(url).catch((error) => error.code + ": " + error.message) });`;

test("a run in Chromium", { skip: "reason" in found && found.reason }, async () => {
  if (!("path" in found)) return;
  const { outputFiles } = await build({
    stdin: { contents: PAGE, resolveDir: process.cwd() },
    bundle: true,
    format: "iife",
    platform: "browser",
    write: false,
  });
  const page = `<!doctype html><script>${outputFiles[0]!.text.replaceAll("</", "<\\/")}</script>`;
  let asked = 0;
  const server = createServer(async (request, response) => {
    if (request.method !== "POST") return response.setHeader("content-type", "text/html").end(page);
    const { tasks } = JSON.parse(await text(request)) as { tasks: readonly { x: readonly number[] }[] };
    if (request.url === "/moved") return response.writeHead(307, { location: "/f" }).end();
    if (request.url === "/not") return response.writeHead(403).end("not you");
    asked++;
    if (asked % 5 === 0) return response.writeHead(503).end();
    return response.end(JSON.stringify({ values: tasks.map(({ x }) => valley(Float64Array.from(x))) }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const browser = await launcher.launch({ executablePath: found.path, args: [...CHROMIUM_ARGS] });
  try {
    const tab = await browser.newPage();
    await tab.goto(`http://127.0.0.1:${address.port}/`);
    const run = (url: string): Promise<string> => tab.evaluate(`run(${JSON.stringify(url)})`);
    const there: RunState = decode(await run("/f"));
    assert.deepEqual(there, (await minimize((x) => valley(x), x0, OPTIONS)).state);
    assert.ok(asked > 40, `${asked}`);
    assert.match(await run("/moved"), /^OPTION: .*\/moved redirects; name the address itself/);
    assert.match(await run("/not"), /^OPTION: .*\/not answered 403 .*"not you"/);
  } finally {
    await browser.close();
    server.close();
  }
});
