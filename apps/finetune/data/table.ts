/** Tables of texts: TSV, CSV and JSON lines, read with the line of every row kept for messages. */
import { CsvError, parse as parseCsv } from "csv-parse/browser/esm/sync";
import { RelizoError } from "../../../src/index.ts";
import { list, show } from "../check.ts";

export interface Table {
  /** Where it came from, for messages: a file's name. */
  readonly name: string;
  readonly columns: readonly string[];
  /** One value a column. */
  readonly rows: readonly (readonly string[])[];
  /** The line each row begins in, from 1. */
  readonly lines: readonly number[];
}

export const FORMATS = ["tsv", "csv", "jsonl"] as const;
export type Format = (typeof FORMATS)[number];

/**
 * Reads a table whose first line names the columns.
 *
 * `tsv` is as GLUE writes it: values between tabs as they stand, quotation marks mean nothing. `csv` follows RFC 4180, with
 * values in quotation marks. `jsonl` has one flat object a line, each with the same keys; numbers and truth values become texts.
 *
 * @throws RelizoError DATA with the line and what was found there
 */
export function readTable(text: string, format: Format, name: string = format): Table {
  const clean = text.replace(/^\uFEFF/, "");
  const found =
    format === "tsv"
      ? readTsv(clean, name)
      : format === "csv"
        ? readCsv(clean, name)
        : readLines(clean, name);
  const twice = found.columns.find((column, i) => found.columns.indexOf(column) !== i);
  if (twice !== undefined)
    throw new RelizoError("DATA", `${name}, line 1: the column ${show(twice)} stands there twice.`);
  if (found.rows.length === 0)
    throw new RelizoError("DATA", `${name} has no rows below its columns ${list(found.columns)}.`);
  return found;
}

/**
 * The values of one column.
 *
 * @throws RelizoError DATA that lists the columns there are
 */
export function column(table: Table, name: string): string[] {
  const index = table.columns.indexOf(name);
  if (index < 0)
    throw new RelizoError(
      "DATA",
      `${table.name} has no column ${show(name)}; its columns are ${list(table.columns)}.`,
    );
  return table.rows.map((row) => row[index]!);
}

function readTsv(text: string, name: string): Table {
  const all = text.split(/\r?\n/);
  while (all.at(-1) === "") all.pop();
  const columns = (all[0] ?? "").split("\t");
  const rows = all.slice(1).map((line) => line.split("\t"));
  rows.forEach((row, i) => {
    if (row.length !== columns.length) throw width(name, i + 2, columns, row);
  });
  return { name, columns, rows, lines: rows.map((_, i) => i + 2) };
}

function readCsv(text: string, name: string): Table {
  const [records, lines] = [[] as string[][], [] as number[]];
  let line = 1;
  try {
    parseCsv(text, {
      relax_column_count: true, // counted below, where both counts can be said
      on_record: (record: string[], { lines: end }) => {
        records.push(record);
        lines.push(line);
        line = end + 1;
        return null;
      },
    });
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new RelizoError("DATA", `${name}: ${cause.message}.`, { cause });
  }
  const [columns = [], ...rows] = records;
  rows.forEach((row, i) => {
    if (row.length !== columns.length) throw width(name, lines[i + 1]!, columns, row);
  });
  return { name, columns, rows, lines: lines.slice(1) };
}

function width(name: string, line: number, columns: readonly string[], row: readonly string[]): RelizoError {
  const found = row.length === 1 && row[0] === "" ? "nothing" : `${row.length} (${show(row[0])}, ...)`;
  return new RelizoError(
    "DATA",
    `${name}, line ${line}: ${columns.length} values are needed, one for each of ${list(columns)}; found ${found}.`,
  );
}

function readLines(text: string, name: string): Table {
  const lines: number[] = [];
  const objects: Readonly<Record<string, string>>[] = [];
  text.split(/\r?\n/).forEach((line, i) => {
    if (line.trim() === "") return;
    lines.push(i + 1);
    objects.push(flat(line, `${name}, line ${i + 1}`));
  });
  const columns = Object.keys(objects[0] ?? {});
  const rows = objects.map((object, i) =>
    columns.map((key) => {
      if (Object.hasOwn(object, key)) return object[key]!;
      throw new RelizoError(
        "DATA",
        `${name}, line ${lines[i]}: the key ${show(key)} of the first line is missing; found ${list(Object.keys(object))}.`,
      );
    }),
  );
  return { name, columns, rows, lines };
}

function flat(line: string, where: string): Readonly<Record<string, string>> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new RelizoError("DATA", `${where} is not JSON; found ${show(line)}.`, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new RelizoError("DATA", `${where}: an object is needed; found ${show(line)}.`);
  const texts = Object.entries(value).map(([key, entry]): [string, string] => {
    if (typeof entry === "string" || typeof entry === "number" || typeof entry === "boolean")
      return [key, String(entry)];
    throw new RelizoError(
      "DATA",
      `${where}: ${show(key)} must be a text or a number; found ${JSON.stringify(entry)}.`,
    );
  });
  return Object.fromEntries(texts);
}
