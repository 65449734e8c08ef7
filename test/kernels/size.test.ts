/** What the WebAssembly kernels weigh, and that only those who ask for them carry them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** The backend, minified and compressed, is promised to fit in this [bytes]. */
const MOST = 12_000;

async function bundle(contents: string): Promise<{ code: Uint8Array; inputs: readonly string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  return { code: outputFiles[0]!.contents, inputs: Object.keys(metafile.inputs) };
}

test("the WebAssembly kernels are small", async (t) => {
  const { code } = await bundle('export { loadWasm } from "./src/kernel/index.ts";');
  const size = gzipSync(code, { level: 9 }).length;
  t.diagnostic(`loadWasm: ${code.length} bytes minified, ${size} compressed, at most ${MOST} allowed`);
  assert.ok(size <= MOST, `${size} bytes are more than ${MOST}`);
});

test("who imports the core does not carry them", async () => {
  const { inputs } = await bundle('export * from "./src/index.ts";');
  assert.deepEqual(
    inputs.filter((path) => path.includes("kernel/wasm")),
    [],
  );
});
