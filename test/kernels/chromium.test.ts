/** The WebAssembly kernels in a browser: the bits of the reference there, and those of the reference in this engine. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "esbuild";
import { chromium as launcher } from "playwright-core";
import { jsSeeds } from "../../src/kernel/index.ts";
import { CHROMIUM_ARGS, chromium } from "../chromium.ts";
import { digest, seedCases } from "./cases.ts";

const IN_PAGE = `
  import { jsSeeds, loadWasm } from "./src/kernel/index.ts";
  import { digest, seedCases } from "./test/kernels/cases.ts";
  const wasm = await loadWasm();
  globalThis.answers = [...seedCases()].map(({ ask }) => [digest(ask(jsSeeds)), digest(ask(wasm))]);`;

const found = chromium();

test("Chromium gives the numbers of this engine, by the reference and by WebAssembly", {
  skip: "reason" in found && found.reason,
}, async () => {
  assert.ok("path" in found);
  const bundle = await build({
    stdin: { contents: IN_PAGE, resolveDir: process.cwd() },
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
  });
  const browser = await launcher.launch({ executablePath: found.path, args: [...CHROMIUM_ARGS] });
  try {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    await page.addScriptTag({ content: bundle.outputFiles[0]!.text, type: "module" });
    const answers: unknown = await page
      .waitForFunction("globalThis.answers", undefined, { timeout: 120_000 })
      .then((handle) => handle.jsonValue())
      .catch((error: unknown) => assert.fail(`${error}\n${problems.join("\n")}`));
    assert.ok(Array.isArray(answers));
    const cases = [...seedCases()];
    assert.equal(answers.length, cases.length);
    for (const [i, { group, name, ask }] of cases.entries()) {
      const here = digest(ask(jsSeeds));
      assert.deepEqual(answers[i], [here, here], `${group}: ${name}`);
    }
  } finally {
    await browser.close();
  }
});
