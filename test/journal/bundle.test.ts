/** `relizo/journal` in a browser: nothing of Node, and what is not used stays out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { browserBundle } from "../browser-bundle.ts";

test("a recorded run bundles for browsers, without files, kernels or methods that it does not name", async (t) => {
  const all = await browserBundle('export * from "./src/journal/index.ts";');
  assert.deepEqual(
    all.inputs.filter((path) => path.startsWith("src/journal/file/")),
    [],
  );
  const { inputs, size } = await browserBundle(
    'export { minimizeRecorded, openBrowserJournal } from "./src/journal/index.ts";',
  );
  const strangers = inputs.filter((path) => /nelder-mead|kernel\/wasm|kernel\/threads|replay/.test(path));
  assert.deepEqual(strangers, []);
  t.diagnostic(
    `minimizeRecorded and openBrowserJournal: ${size} bytes compressed; all of relizo/journal ${all.size}`,
  );
});
