/** A file with two markers, and what comes between them. */
import { readFile } from "node:fs/promises";
import { wrong } from "./settings.ts";

const BEGIN = "<!-- begin: relizo bench paper --markdown -->";
const END = "<!-- end -->";

/**
 * The file read, and a function that gives its text with new text between the markers.
 *
 * @throws RelizoError OPTION where it cannot be read or has no markers
 */
export async function between(
  file: string,
): Promise<{ readonly file: string; filled(inner: string): string }> {
  const text = await readFile(file, "utf8").catch((error: Error) => {
    throw wrong(`--markdown ${file}: ${error.message}`);
  });
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END, begin);
  if (begin < 0 || end < 0) throw wrong(`--markdown ${file}: it needs the lines "${BEGIN}" and "${END}".`);
  return {
    file,
    filled: (inner) => `${text.slice(0, begin + BEGIN.length)}\n\n${inner}\n${text.slice(end)}`,
  };
}
