/** Runs one command after another for the scripts beside it. */
import { spawn } from "node:child_process";

/** What plain `node` needs to run TypeScript. */
export const TSX: readonly string[] = ["--import", "tsx"];

/**
 * Runs a program with this terminal's streams; resolves to its exit code, 1 where a signal ended it. An interrupt from the
 * terminal reaches the program too: it is waited for, since it may have something left to say.
 */
export function run(program: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit" });
    const wait = (): void => {};
    process.on("SIGINT", wait);
    child.on("error", reject);
    child.on("close", (code) => {
      process.off("SIGINT", wait);
      resolve(code ?? 1);
    });
  });
}

/** Runs Node with these arguments; resolves to its exit code. */
export function node(...args: readonly string[]): Promise<number> {
  return run(process.execPath, args);
}
