/** What the fast kernels weigh, and that only those who ask for them carry them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { browserBundle } from "../browser-bundle.ts";

/** What each backend, minified and compressed, is promised to fit in [bytes]. */
const MOST = { loadWasm: 12_000, loadWebgpu: 10_000 };

for (const [name, most] of Object.entries(MOST))
  test(`${name} is small`, async (t) => {
    const { code, size } = await browserBundle(`export { ${name} } from "./src/kernel/index.ts";`);
    t.diagnostic(`${name}: ${code.length} bytes minified, ${size} compressed, at most ${most} allowed`);
    assert.ok(size <= most, `${size} bytes are more than ${most}`);
  });

test("who imports the core does not carry them, and one backend not the other", async () => {
  for (const [contents, alien] of [
    ['export * from "./src/index.ts";', /kernel\/(wasm|webgpu)/],
    ['export { loadWasm } from "./src/kernel/index.ts";', /kernel\/webgpu/],
    ['export { loadWebgpu } from "./src/kernel/index.ts";', /kernel\/wasm/],
  ] as const) {
    const { inputs } = await browserBundle(contents);
    assert.deepEqual(
      inputs.filter((path) => alien.test(path)),
      [],
    );
  }
});
