/** Whole files, refused by name. */
import { readFileSync } from "node:fs";
import { RelizoError } from "../../src/index.ts";

/** @throws RelizoError DATA where a file cannot be read or is not UTF-8 */
export function textOf(path: string): string {
  const bytes = bytesOf(path);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new RelizoError("DATA", `"${path}" is not a text in UTF-8.`, { cause });
  }
}

/** @throws RelizoError DATA where a file cannot be read */
export function bytesOf(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RelizoError("DATA", `"${path}" cannot be read: ${why}.`, { cause });
  }
}
