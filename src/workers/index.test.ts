import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "esbuild";

test("relizo/workers is bundled for browsers, without anything of Node's", async () => {
  const { metafile, outputFiles } = await build({
    entryPoints: ["src/workers/index.ts"],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  const [output] = Object.values(metafile.outputs);
  assert.deepEqual(output!.imports, []);
  assert.ok(outputFiles[0]!.text.includes("tasks"));
});
