/** What was measured, kept in a file: a run that is stopped loses nothing, and the page can be made again. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Times } from "../compare.ts";

/** Of one cell: times in turn [ms], or numbers of bytes; and what was left out, with the reason. */
export interface Finding {
  readonly times?: Readonly<Record<string, Times>>;
  readonly bytes?: Readonly<Record<string, number>>;
  readonly left?: Readonly<Record<string, string>>;
}

export interface Result extends Finding {
  readonly commit: string;
  /** Average load of the last minute, before and after. */
  readonly load: readonly [before: number, after: number];
}

export interface Results {
  /** Hardware and runtime. */
  readonly machine: string;
  /** Which cores. */
  readonly cores: string;
  /** By the name of the cell; `sources` is the hash of what was measured. */
  readonly cells: Readonly<Record<string, Result & { readonly sources: string }>>;
}

/** As in the file: times are [median, first quartile, third quartile, least, runs], to four digits. */
interface Stored extends Omit<Results, "cells"> {
  readonly cells: Readonly<
    Record<string, Omit<Results["cells"][string], "times"> & { times?: Readonly<Record<string, number[]>> }>
  >;
}

/** undefined where there is no file yet. */
export function readResults(path: string): Results | undefined {
  if (!existsSync(path)) return undefined;
  const stored: Stored = JSON.parse(readFileSync(path, "utf8"));
  const cells = mapped(stored.cells, ({ times, ...rest }) => ({
    ...rest,
    ...(times && {
      times: mapped(times, ([median, low, high, min, runs]) => ({
        median: median!,
        low: low!,
        high: high!,
        min: min!,
        runs: runs!,
      })),
    }),
  }));
  return { ...stored, cells };
}

export function writeResults(path: string, results: Results): void {
  const cells = mapped(results.cells, ({ times, ...rest }) => ({
    ...rest,
    ...(times && {
      times: mapped(times, ({ median, low, high, min, runs }) =>
        [median, low, high, min, runs].map((value) => Number(value.toPrecision(4))),
      ),
    }),
  }));
  const stored: Stored = { ...results, cells };
  const lists = /\[([^[\]{}"]*)\]/g; // of numbers: each on one line
  const text = JSON.stringify(stored, null, 2).replaceAll(
    lists,
    (_, inside: string) => `[${inside.trim().replaceAll(/,\s+/g, ", ")}]`,
  );
  writeFileSync(path, `${text}\n`);
}

function mapped<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

/** Names the files under src as they lie there, tests aside: whatever changes a figure changes it, a commit elsewhere does not. */
export function hashOfSources(): string {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "src"], {
    encoding: "utf8",
  });
  const hash = createHash("sha256");
  for (const path of listed.split("\n").filter((name) => existsSync(name) && !name.endsWith(".test.ts")).sort()) // biome-ignore format: one line
    if (path !== "") hash.update(path).update(readFileSync(path));
  return hash.digest("hex").slice(0, 12);
}
