/**
 * Bundles `src/kernel/threads/worker.ts` into one script, as text, in `src/kernel/threads/script.ts`, which git ignores: a
 * thread starts from that whatever bundler the package went through. Run by `scripts/wasm.ts`.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const SOURCE = new URL("../src/kernel/threads/worker.ts", import.meta.url);
/** What a thread is given when it starts, so that the script need not hold it. */
const GIVEN = new URL("../src/kernel/threads/given.ts", import.meta.url);
const MODULE = "src/kernel/threads/script.ts";

/** Writes only what has changed. */
export async function makeScript(): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(SOURCE)],
    bundle: true,
    minify: true,
    format: "iife",
    platform: "browser",
    target: "es2022",
    write: false,
    plugins: [
      {
        name: "given",
        setup: ({ onResolve }) =>
          onResolve({ filter: /\/(binary|normal-table)\.ts$/ }, () => ({ path: fileURLToPath(GIVEN) })),
      },
    ],
  });
  const script = JSON.stringify(outputFiles[0]!.text.trim());
  const text = `/** Made by scripts/threads.ts. */\nexport const SCRIPT: string =\n  ${script};\n`;
  if (existsSync(MODULE) && readFileSync(MODULE, "utf8") === text) return;
  const fresh = `${MODULE}.${process.pid}`; // so that nobody reads half a file
  writeFileSync(fresh, text);
  renameSync(fresh, MODULE);
}
