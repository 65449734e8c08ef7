/**
 * Compiles the AssemblyScript of `src/kernel/wasm/assembly` into `src/kernel/wasm/binary.ts`, which git ignores, and makes the
 * script of threads. The other scripts do this first; by itself: `node --import tsx scripts/wasm.ts`.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { node } from "./run.ts";
import { makeScript } from "./threads.ts";

const SOURCE = "src/kernel/wasm/assembly/seeds.ts";
const MODULE = "src/kernel/wasm/binary.ts";
const COMPILER = "node_modules/assemblyscript";
const FLAGS = ["-O3", "--noAssert", "--enable", "simd", "--runtime", "stub"];

/** Resolves to an exit code. */
export async function makeWasm(): Promise<number> {
  const code = await compile();
  if (code === 0) await makeScript();
  return code;
}

/** Nothing where the module already stems from the present source, compiler and flags. */
async function compile(): Promise<number> {
  const head = `/** Made by scripts/wasm.ts, from what has this hash: ${fingerprint()}. */`;
  if (existsSync(MODULE) && readFileSync(MODULE, "utf8").startsWith(head)) return 0;
  const folder = mkdtempSync(join(tmpdir(), "relizo-wasm-"));
  try {
    const binary = join(folder, "seeds.wasm");
    const code = await node(`${COMPILER}/bin/asc.js`, SOURCE, ...FLAGS, "--outFile", binary);
    if (code === 0) write(head, readFileSync(binary).toString("base64"));
    else console.error(`wasm: ${SOURCE} does not compile.`);
    return code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function fingerprint(): string {
  const hash = createHash("sha256");
  for (const path of [SOURCE, `${COMPILER}/package.json`, "scripts/wasm.ts"]) hash.update(readFileSync(path));
  return hash.digest("hex");
}

function write(head: string, base64: string): void {
  const fresh = `${MODULE}.${process.pid}`; // so that nobody reads half a file
  writeFileSync(fresh, `${head}\nexport const BINARY: string =\n  "${base64}";\n`);
  renameSync(fresh, MODULE);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await makeWasm();
