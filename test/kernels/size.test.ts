/** What the fast kernels weigh, and that only those who ask for them carry them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** What each backend, minified and compressed, is promised to fit in [bytes]. */
const MOST = { loadWasm: 12_000, loadWebgpu: 10_000 };

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
  const [output] = Object.values(metafile.outputs);
  const carried = Object.entries(output!.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return { code: outputFiles[0]!.contents, inputs: carried.map(([path]) => path) };
}

for (const [name, most] of Object.entries(MOST))
  test(`${name} is small`, async (t) => {
    const { code } = await bundle(`export { ${name} } from "./src/kernel/index.ts";`);
    const size = gzipSync(code, { level: 9 }).length;
    t.diagnostic(`${name}: ${code.length} bytes minified, ${size} compressed, at most ${most} allowed`);
    assert.ok(size <= most, `${size} bytes are more than ${most}`);
  });

test("who imports the core does not carry them, and one backend not the other", async () => {
  for (const [contents, alien] of [
    ['export * from "./src/index.ts";', /kernel\/(wasm|webgpu)/],
    ['export { loadWasm } from "./src/kernel/index.ts";', /kernel\/webgpu/],
    ['export { loadWebgpu } from "./src/kernel/index.ts";', /kernel\/wasm/],
  ] as const) {
    const { inputs } = await bundle(contents);
    assert.deepEqual(
      inputs.filter((path) => alien.test(path)),
      [],
    );
  }
});
