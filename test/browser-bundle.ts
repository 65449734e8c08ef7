/** Code as a browser gets it: one file, minified. */
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

export interface Bundle {
  readonly code: Uint8Array;
  /** Compressed [bytes]. */
  readonly size: number;
  /** Files of which something is in it. */
  readonly inputs: readonly string[];
  /** What it leaves to be imported from elsewhere. */
  readonly imports: readonly unknown[];
}

/** @param contents  a module; paths in it are from the root of the project */
export async function browserBundle(contents: string): Promise<Bundle> {
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
  const code = outputFiles[0]!.contents;
  return {
    code,
    size: gzipSync(code, { level: 9 }).length,
    inputs: carried.map(([path]) => path),
    imports: output!.imports,
  };
}
