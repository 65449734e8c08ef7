/** The bytes of a journal that a command names. */
import { readFile } from "node:fs/promises";
import { RelizoError } from "../src/index.ts";

/** @throws RelizoError DATA where there is no file, or an empty one */
export async function journalBytes(file: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RelizoError("DATA", `relizo: the journal ${file} cannot be read: ${why}.`);
  }
  if (bytes.length === 0) throw new RelizoError("DATA", `relizo: the journal ${file} is empty.`);
  return bytes;
}
