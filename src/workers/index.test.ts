import assert from "node:assert/strict";
import { test } from "node:test";
import { browserBundle } from "../../test/browser-bundle.ts";

test("relizo/workers is bundled for browsers, without anything of Node's", async () => {
  const { imports, code } = await browserBundle('export * from "./src/workers/index.ts";');
  assert.deepEqual(imports, []);
  assert.ok(new TextDecoder().decode(code).includes("tasks"));
});
