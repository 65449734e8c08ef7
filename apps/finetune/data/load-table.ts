/** Tables from files; what kind a file is, its ending says. */
import { RelizoError } from "../../../src/index.ts";
import { list, show } from "../check.ts";
import { textOf } from "../file.ts";
import { FORMATS, type Format, readTable, type Table } from "./table.ts";

/**
 * @param path  ends in .tsv, .csv or .jsonl, unless `format` is given
 * @throws RelizoError DATA for what cannot be read; OPTION for another ending
 */
export function loadTable(path: string, format: Format = formatOf(path)): Table {
  return readTable(textOf(path), format, path);
}

function formatOf(path: string): Format {
  const format = FORMATS.find((known) => path.toLowerCase().endsWith(`.${known}`));
  if (format !== undefined) return format;
  throw new RelizoError(
    "OPTION",
    `${show(path)}: tables end in ${list(FORMATS.map((known) => `.${known}`))}; say which format it is.`,
  );
}
