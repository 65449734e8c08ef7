/** Threads in a browser: where the page is cross-origin isolated, the bits of this engine; elsewhere, why there are none. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { build } from "esbuild";
import { chromium as launcher } from "playwright-core";
import { jsSeeds } from "../../src/kernel/index.ts";
import { CHROMIUM_ARGS, chromium } from "../chromium.ts";
import { digest, hostCases, seedCases } from "./cases.ts";

const IN_PAGE = `
  import { loadThreadedWasm, loadWasm } from "./src/kernel/index.ts";
  import { startPool } from "./src/kernel/threads/pool.ts";
  import { threadedSeeds } from "./src/kernel/threads/threaded.ts";
  import { digest, hostCases, seedCases } from "./test/kernels/cases.ts";
  import { isHelped, onShared } from "./test/kernels/threads.ts";

  async function answers() {
    const { threads, gram, close } = await loadThreadedWasm({ threads: 2 });
    const ones = gram("rademacher", 2e7, [[1, 2, 3, 4]], [[1, 2, 3, 4]])[0];
    close();
    const pool = await startPool(1);
    const helped = await isHelped(await loadWasm(), pool);
    const sharing = threadedSeeds(await loadWasm(), pool, 10_000, (task) => task.length > 0);
    const shared = onShared(sharing);
    const digests = [];
    for (const [i, one] of [...seedCases(), ...hostCases()].entries())
      if (IS_ASKED(i, one)) digests.push(digest(await one.ask(i % 2 === 0 ? sharing : shared)));
    sharing.close();
    return { threads, ones, helped, digests };
  }
  answers().then(
    (found) => (globalThis.found = found),
    (error) => (globalThis.found = error.code + ": " + error.message),
  );`;

/** Every third case of those in which threads have a part. */
const isAsked = (i: number, { group }: { readonly group: string }): boolean =>
  i % 3 === 0 && group !== "bits" && group !== "vectors";

const found = chromium();

test("in Chromium, two threads give the numbers of this engine in an isolated page and are refused in any other", {
  skip: "reason" in found && found.reason,
}, async () => {
  assert.ok("path" in found);
  const bundle = await build({
    stdin: { contents: IN_PAGE.replace("IS_ASKED", `(${isAsked})`), resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    write: false,
  });
  const page = `<!doctype html><script type="module">${bundle.outputFiles[0]!.text.replaceAll("</", "<\\/")}</script>`;
  const server = createServer(({ url }, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    if (url === "/isolated") {
      response.setHeader("cross-origin-opener-policy", "same-origin");
      response.setHeader("cross-origin-embedder-policy", "require-corp");
    }
    response.end(page);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address);
  const browser = await launcher.launch({ executablePath: found.path, args: [...CHROMIUM_ARGS] });
  const open = async (path: string): Promise<unknown> => {
    const tab = await browser.newPage();
    const problems: string[] = [];
    tab.on("pageerror", (error) => problems.push(String(error)));
    await tab.goto(`http://127.0.0.1:${address.port}${path}`);
    const handle = await tab
      .waitForFunction("globalThis.found", undefined, { timeout: 120_000 })
      .catch((error: unknown) => assert.fail(`${error}\n${problems.join("\n")}`));
    return handle.jsonValue();
  };
  try {
    const cases = [...seedCases(), ...hostCases()].filter((one, i) => isAsked(i, one));
    const digests = await Promise.all(cases.map(async ({ ask }) => digest(await ask(jsSeeds))));
    assert.deepEqual(await open("/isolated"), { threads: 2, ones: 2e7, helped: true, digests });
    assert.match(String(await open("/")), /^BACKEND: .*SharedArrayBuffer.*cross-origin isolated/);
  } finally {
    await browser.close();
    server.close();
  }
});
