/** Runs one command after another for the scripts beside it. */
import { spawn } from "node:child_process";

/** What plain `node` needs to run TypeScript. */
export const TSX: readonly string[] = ["--import", "tsx"];

/** Runs a program with this terminal's streams; resolves to its exit code, 1 where a signal ended it. */
export function run(program: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit" });
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}

/** Runs Node with these arguments; resolves to its exit code. */
export function node(...args: readonly string[]): Promise<number> {
  return run(process.execPath, args);
}
