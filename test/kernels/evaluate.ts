/** Scripts in a process of their own. */
import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";

/** Flags for scripts that import our files as they are. */
export const TSX: readonly string[] = ["--import", "tsx"];

/** How a process ended that ran this module, and all that it said. */
export function evaluate(
  script: string,
  flags: readonly string[] = TSX,
  env: Readonly<Record<string, string>> = {},
): { status: number | null; said: string } {
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [...flags, "--input-type=module", "--eval", script],
    { encoding: "utf8", env: { ...process.env, RELIZO_BACKENDS: "", ...env }, timeout: 60_000 },
  );
  return { status, said: `${stdout}${stderr}${signal === null ? "" : `ended by ${signal}`}` };
}

/** What a script imports a file of ours by. */
export const address = (path: string): string => JSON.stringify(pathToFileURL(path).href);
