/** `relizo/journal` in a browser: nothing of Node, and what is not used stays out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

async function bundled(contents: string) {
  const { metafile, outputFiles } = await build({
    stdin: { contents, resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    metafile: true,
    write: false,
  });
  const [output] = Object.values(metafile.outputs);
  const inputs = Object.entries(output!.inputs).flatMap(([path, { bytesInOutput }]) =>
    bytesInOutput > 0 ? [path] : [],
  );
  return { inputs, size: gzipSync(outputFiles[0]!.contents, { level: 9 }).length };
}

test("a recorded run bundles for browsers, without files, kernels or methods that it does not name", async (t) => {
  const all = await bundled('export * from "./src/journal/index.ts";');
  assert.deepEqual(
    all.inputs.filter((path) => path.startsWith("src/journal/file/")),
    [],
  );
  const { inputs, size } = await bundled(
    'export { minimizeRecorded, openBrowserJournal } from "./src/journal/index.ts";',
  );
  const strangers = inputs.filter((path) => /nelder-mead|kernel\/wasm|kernel\/threads|replay/.test(path));
  assert.deepEqual(strangers, []);
  t.diagnostic(
    `minimizeRecorded and openBrowserJournal: ${size} bytes compressed; all of relizo/journal ${all.size}`,
  );
});
