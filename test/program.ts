/** Programs that tests start as processes: bundled once, so that they start as fast as Node does. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";

/** Bundles a TypeScript program into a folder; resolves to the path of the script. Packages stay where they are. */
export async function bundled(program: string, folder: string): Promise<string> {
  for (const [name, kind] of [["node_modules", "dir"] as const, ["package.json", "file"] as const])
    if (!existsSync(join(folder, name))) symlinkSync(resolve(name), join(folder, name), kind);
  const outfile = join(folder, "dist", program.replace(/\.ts$/, ".mjs"));
  await build({
    entryPoints: [program],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    target: "node20",
    logLevel: "error",
  });
  return outfile;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

const started = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of started) child.kill("SIGKILL");
});

/** Runs Node with these arguments; `during` is given the process, to kill it for example. It is killed with this one. */
export function ended(
  args: readonly string[],
  during: (child: ChildProcess) => void = () => {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    started.add(child);
    let [out, err] = ["", ""];
    child.stdout.on("data", (data: Buffer) => {
      out += data;
    });
    child.stderr.on("data", (data: Buffer) => {
      err += data;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      started.delete(child);
      resolve({ code, signal, out, err });
    });
    during(child);
  });
}

/** Calls `work` for 0 to count - 1, so many at a time. */
export async function sideBySide(
  count: number,
  lanes: number,
  work: (i: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
