/** A backend that is missing is said to be; one that is asked for by name and missing is a failure. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { address, evaluate, TSX } from "./evaluate.ts";

/** V8 has no WebAssembly SIMD on x86-64 without these instructions. */
const WITHOUT_SIMD = "--no-enable-ssse3";
const skip = process.arch === "x64" ? false : "only on x86-64 can V8 be told to do without SIMD";

const LIST = `const { backends } = await import(${address("test/kernels/backends.ts")});
for (const { name, host, asked, skip } of await backends()) console.log(name, host?.backend ?? typeof asked, skip);`;

test("without SIMD, loadWasm says so", { skip }, () => {
  const { said } = evaluate(
    `const { loadWasm } = await import(${address("src/kernel/index.ts")});
     await loadWasm().catch((error) => console.log(error.name, error.code, error.message));`,
    [...TSX, WITHOUT_SIMD],
  );
  assert.match(said, /^RelizoError BACKEND loadWasm: .*SIMD.*jsSeeds/);
});

test("a missing backend is skipped with its reason, and fails where RELIZO_BACKENDS names it", {
  skip,
}, () => {
  const unasked = evaluate(LIST, [...TSX, WITHOUT_SIMD]);
  assert.equal(unasked.status, 0, unasked.said);
  assert.match(unasked.said, /^js js false\nwasm undefined RelizoError: .*SIMD/);
  const asked = evaluate(LIST, [...TSX, WITHOUT_SIMD], { RELIZO_BACKENDS: "js,wasm" });
  assert.notEqual(asked.status, 0);
  assert.match(asked.said, /RelizoError: .*SIMD/);
});

test("WebGPU without a driver is skipped with its reason, and fails where RELIZO_BACKENDS names it", {
  skip: process.platform !== "linux" && "only on Linux can the drivers be named",
}, () => {
  const none = { VK_DRIVER_FILES: "/nowhere.json" };
  const unasked = evaluate(LIST, TSX, none);
  assert.equal(unasked.status, 0, unasked.said);
  assert.match(unasked.said, /^webgpu undefined RelizoError: loadWebgpu: there is no adapter.*libvulkan/m);
  const asked = evaluate(LIST, TSX, { ...none, RELIZO_BACKENDS: "js webgpu" });
  assert.notEqual(asked.status, 0);
  assert.match(asked.said, /RelizoError: loadWebgpu: there is no adapter/);
});

test("the others load here; a name that no backend has is a mistake", () => {
  const asked = evaluate(LIST, TSX, { RELIZO_BACKENDS: "js,wasm" });
  assert.match(
    asked.said,
    /^js js false\nwasm wasm false\nwebgpu (object false|undefined RelizoError: .*)$/m, // a driver may have a word of its own
  );
  const unknown = evaluate(LIST, TSX, { RELIZO_BACKENDS: "js,cuda" });
  assert.notEqual(unknown.status, 0);
  assert.match(unknown.said, /RELIZO_BACKENDS names "cuda"; there are js, wasm, webgpu\./);
});
