/** Every backend in a browser: the bits of the reference there, and those of the reference in this engine, or the bounds of a device. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import { type Browser, chromium as launcher, type Page } from "playwright-core";
import { jsSeeds } from "../../src/kernel/index.ts";
import { CHROMIUM_ARGS, chromium } from "../chromium.ts";
import { digest, hostCases, seedCases } from "./cases.ts";

/** Without the first there is no adapter, without the second one that is drawn by chance. */
const WEBGPU_ARGS = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];
/** WebGPU is for pages that came safely; nothing is loaded from here. */
const PAGE = "https://relizo.test/";

const found = chromium();
const skip = "reason" in found && found.reason;
let browser: Browser;
let page: Page;

before(async () => {
  if (!("path" in found)) return;
  browser = await launcher.launch({ executablePath: found.path, args: [...CHROMIUM_ARGS, ...WEBGPU_ARGS] });
  page = await browser.newPage();
  await page.route("**", (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html>" }));
  await page.goto(PAGE);
});
after(() => browser?.close());

/** What `ask`, the body of an async function, returns in the page. */
async function inPage(imports: string, ask: string): Promise<unknown> {
  const contents = `${imports}
    const run = async () => {${ask}};
    run().then((value) => { globalThis.answer = { value }; }, (error) => { globalThis.answer = { error: String(error) }; });`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: process.cwd() },
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
  });
  await page.evaluate("delete globalThis.answer");
  await page.addScriptTag({ content: outputFiles[0]!.text, type: "module" });
  const handle = await page.waitForFunction("globalThis.answer", undefined, { timeout: 300_000 });
  const answer: unknown = await handle.jsonValue();
  assert.ok(typeof answer === "object" && answer !== null && "value" in answer, JSON.stringify(answer));
  return answer.value;
}

test("Chromium gives the numbers of this engine, by the reference and by WebAssembly", { skip }, async () => {
  const answers = await inPage(
    `import { jsSeeds, loadWasm } from "./src/kernel/index.ts";
     import { digest, hostCases, seedCases } from "./test/kernels/cases.ts";`,
    `const wasm = await loadWasm();
     const answers = [];
     for (const { ask } of [...seedCases(), ...hostCases()])
       answers.push([digest(await ask(jsSeeds)), digest(await ask(wasm))]);
     return answers;`,
  );
  const cases = [...seedCases(), ...hostCases()];
  assert.ok(Array.isArray(answers));
  assert.equal(answers.length, cases.length);
  for (const [i, { group, name, ask }] of cases.entries()) {
    const here = digest(await ask(jsSeeds));
    assert.deepEqual(answers[i], [here, here], `${group}: ${name}`);
  }
});

test("WebGPU in Chromium gives the numbers of the reference, sums within their bounds", {
  skip,
}, async (t) => {
  const answers = await inPage(
    `import { jsSeeds, loadWebgpu } from "./src/kernel/index.ts";
     import { compare, seedCases } from "./test/kernels/cases.ts";
     import { asked } from "./test/kernels/device.ts";`,
    `const device = await loadWebgpu();
     const kernels = asked(device);
     const answers = [];
     for (const { ask, allowed } of seedCases())
       answers.push(compare(await ask(kernels), await ask(jsSeeds), allowed?.()));
     device.close();
     return [device.adapter, device.live, answers];`,
  );
  assert.ok(Array.isArray(answers));
  const [adapter, live, compared] = answers;
  const cases = [...seedCases()];
  assert.ok(Array.isArray(compared));
  assert.equal(compared.length, cases.length);
  for (const [i, { group, name }] of cases.entries())
    assert.equal(compared[i].wrong, "", `${group}: ${name}`);
  assert.equal(live, 0);
  const largest = compared.reduce((most: number, { worst }) => Math.max(most, worst), 0);
  t.diagnostic(
    `${adapter}: ${cases.length} questions, the largest error ${largest.toPrecision(2)} of its bound`,
  );
});

test("without WebGPU, loadWebgpu says so", { skip }, async () => {
  const said = await inPage(
    'import { loadWebgpu } from "./src/kernel/index.ts";',
    `Object.defineProperty(navigator, "gpu", { value: undefined });
     return loadWebgpu().catch((error) => [error.name, error.code, error.message].join(" "));`,
  );
  assert.match(String(said), /^RelizoError BACKEND loadWebgpu: there is no navigator\.gpu/);
});
