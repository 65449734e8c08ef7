/** Journals in a browser: the bytes of a journal in files, through the end of workers, one writer at a time. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import { type Browser, type BrowserContext, chromium as launcher, type Page } from "playwright-core";
import { Journal } from "../../src/journal/index.ts";
import { CHROMIUM_ARGS, chromium } from "../chromium.ts";
import { type Found, inBrowser } from "./in-browser.ts";
import { type FoundInPlace, inPlaceInBrowser } from "./in-place-in-browser.ts";
import { memory } from "./memory-store.ts";

const found = chromium();
const skip = "reason" in found && found.reason;

const IN_WORKER = `
  import { openBrowserJournal } from "./src/journal/index.ts";
  import { inBrowser } from "./test/journal/in-browser.ts";
  import { inPlaceInBrowser } from "./test/journal/in-place-in-browser.ts";
  onmessage = ({ data: { name, steps, slow } }) =>
    openBrowserJournal(name)
      .then((journal) => (name.startsWith("in place") ? inPlaceInBrowser : inBrowser)(journal, steps, slow))
      .then((found) => postMessage({ found }), (error) => postMessage({ error: error.code + ": " + error.message }));`;

const IN_PAGE = `
  import { browserJournalBytes, openBrowserJournal, readJournal } from "./src/journal/index.ts";
  import { inBrowser } from "./test/journal/in-browser.ts";
  import { inPlaceInBrowser } from "./test/journal/in-place-in-browser.ts";
  Object.assign(globalThis, {
    inPlaceOnPage: async (name, steps, slow) => inPlaceInBrowser(await openBrowserJournal(name), steps, slow),
    onPage: async (name, steps) => inBrowser(await openBrowserJournal(name), steps),
    inWorker(name, steps, slow, until = Infinity) {
      const worker = new Worker("/worker.js");
      return new Promise((resolve, reject) => {
        worker.onmessage = ({ data: { found, error } }) => (found ? resolve(found) : reject(new Error(error)));
        worker.postMessage({ name, steps, slow });
        if (until < Infinity) setTimeout(() => resolve("terminated"), until);
      }).finally(() => worker.terminate());
    },
    /** What a worker held goes soon after its end. */
    async soon(work) {
      for (let tries = 0; ; tries++)
        try {
          return await work();
        } catch (error) {
          if (tries === 100) throw error;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
    },
    bytes: async (name) => [...(await browserJournalBytes(name))],
  });`;

async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: process.cwd() },
    bundle: true,
    format: "iife",
    platform: "browser",
    write: false,
  });
  return outputFiles[0]!.text;
}

let browser: Browser;
let context: BrowserContext;
let page: Page;
let close = (): void => {};

before(async () => {
  if (!("path" in found)) return;
  const [worker, script] = await Promise.all([bundle(IN_WORKER), bundle(IN_PAGE)]);
  const server = createServer(({ url }, response) => {
    const isScript = url === "/worker.js";
    response.setHeader("content-type", `text/${isScript ? "javascript" : "html"}; charset=utf-8`);
    response.end(isScript ? worker : `<!doctype html><script>${script.replaceAll("</", "<\\/")}</script>`);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address);
  browser = await launcher.launch({ executablePath: found.path, args: [...CHROMIUM_ARGS] });
  context = await browser.newContext();
  page = await context.newPage();
  await page.goto(`http://127.0.0.1:${address.port}/`);
  close = () => server.close();
});

after(async () => {
  await browser?.close();
  close();
});

async function inNode(steps: number): Promise<Found & { readonly bytes: readonly number[] }> {
  const store = memory();
  const run = await inBrowser(await Journal.open(store), steps);
  return { ...run, bytes: [...store.parts.journal] };
}

test("a journal of a page and one of a worker have the bytes of one in Node", { skip }, async () => {
  const { bytes, ...due } = await inNode(12);
  assert.deepEqual(await page.evaluate('onPage("page", 12)'), due);
  assert.deepEqual(await page.evaluate('inWorker("worker", 12, 0)'), due);
  assert.deepEqual(await page.evaluate('soon(() => bytes("worker"))'), bytes);
  assert.deepEqual(await page.evaluate('bytes("page")'), bytes);
  assert.deepEqual(await page.evaluate('onPage("page", 12)'), { ...due, asked: 0 });
});

test("a run whose workers are terminated at any moment ends as one that nobody disturbed", {
  skip,
}, async (t) => {
  const { bytes, ...due } = await inNode(30);
  let terminated = 0;
  for (const until of [30, 55, 80, 120, 190, 260]) {
    const work = `soon(() => inWorker("killed", 30, 8, ${until}))`;
    if ((await page.evaluate(work)) === "terminated") terminated++;
  }
  assert.ok(terminated >= 2, `${terminated}`);
  const last = (await page.evaluate('soon(() => inWorker("killed", 30, 0))')) as Found;
  const { asked: all, ...same } = due;
  const { asked, ...ended } = last;
  assert.deepEqual(ended, same);
  assert.ok(asked < all, `${asked} of ${all} were asked in the last sitting`);
  assert.deepEqual(await page.evaluate('soon(() => bytes("killed"))'), bytes);
  t.diagnostic(`${terminated} workers terminated; ${asked} of ${all} queries were left to the last`);
});

test("a run in place goes on from a snapshot on a page and in a worker, in the bits of Node", {
  skip,
}, async (t) => {
  const store = memory();
  const { asked, from: _, ...due } = await inPlaceInBrowser(await Journal.open(store), 60);
  for (const [where, name] of [
    ["inPlaceOnPage", "in place, page"],
    ["inWorker", "in place, worker"],
  ]) {
    const sitting = async (steps: number, slow: number): Promise<FoundInPlace> =>
      (await page.evaluate(`soon(() => ${where}("${name}", ${steps}, ${slow}))`)) as FoundInPlace;
    const first = await sitting(55, 12);
    const { asked: rest, from, ...end } = await sitting(60, 0);
    assert.deepEqual(end, due);
    assert.equal(first.asked + rest, asked);
    assert.ok(from > 5 && from < 54, `${name}: from round ${from}`);
    assert.deepEqual(await page.evaluate(`soon(() => bytes("${name}"))`), [...store.parts.journal]);
    t.diagnostic(`${name}: from round ${from}`);
  }
});

test("another tab is refused while one writes, and has the journal when that one is closed", {
  skip,
}, async () => {
  const other = await context.newPage();
  await other.goto(page.url());
  void other.evaluate('soon(() => inWorker("shared", 1000, 20))').catch(() => {}); // until its page is closed
  const refused = /JOURNAL: shared is open for writing in another tab or worker of this site/;
  await assert.rejects(async () => {
    for (let tries = 0; tries < 100; tries++) {
      const work = await page.evaluate('inWorker("shared", 1, 0)').catch(String);
      if (refused.test(String(work))) throw new Error(String(work));
    }
  }, refused);
  await other.close();
  const last = (await page.evaluate('soon(() => inWorker("shared", 40, 0))')) as Found;
  const { trajectory } = await inNode(40);
  assert.equal(last.trajectory, trajectory);
});
