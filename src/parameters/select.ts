/** Tensors chosen by their names. */
import { RelizoError } from "../error.ts";
import { need } from "../option.ts";

/**
 * Which tensors are meant: a pattern of dotted parts, a regular expression, or a list of them, of which any may match.
 *
 * In a pattern `*` stands for any text within one part and `**` for any number of parts. What names a module stands for all
 * that is in it: `"layers.*.attention"` and `"layers.*.attention.*"` both match `layers.0.attention.query.weight`.
 */
export type Pattern = string | RegExp | readonly (string | RegExp)[];

export function isPattern(value: unknown): value is Pattern {
  const one = (entry: unknown): boolean => typeof entry === "string" || entry instanceof RegExp;
  return one(value) || (Array.isArray(value) && value.length > 0 && value.every(one));
}

/**
 * The names that the pattern matches, in their own order.
 *
 * @throws RelizoError OPTION for what is no pattern, and for an entry of it that matches no name: the message has near names
 */
export function matching(where: string, names: readonly string[], pattern: Pattern): string[] {
  need(
    isPattern(pattern),
    "OPTION",
    `${where}: the pattern must be a text, a RegExp or a list of them`,
    pattern,
  );
  const chosen = new Set<string>();
  for (const one of [pattern].flat()) {
    const expression = typeof one === "string" ? globExpression(one) : one;
    const found = names.filter((name) => name.search(expression) >= 0); // unlike test, it ignores lastIndex
    if (found.length === 0 && one !== "**") throw noneError(where, names, one);
    for (const name of found) chosen.add(name);
  }
  return names.filter((name) => chosen.has(name));
}

/** @returns the error to throw where no name is the one asked for */
export function noneError(where: string, names: readonly string[], asked: string | RegExp): RelizoError {
  const near = typeof asked === "string" ? nearest(names, asked) : names.slice(0, 3);
  const what = typeof asked === "string" ? JSON.stringify(asked) : String(asked);
  const hint =
    near.length === 0
      ? "there are no tensors"
      : `${typeof asked === "string" ? "near it" : "names are"} ${near.map((name) => JSON.stringify(name)).join(", ")}`;
  return new RelizoError("OPTION", `${where}: ${what} matches none of ${names.length} names; ${hint}.`);
}

function globExpression(pattern: string): RegExp {
  const parts = pattern.split(".");
  const source = parts.map((part, i) => {
    const last = i === parts.length - 1;
    if (part === "**") return last ? ".*" : "(?:[^.]*\\.)*";
    const literal = part.replace(/[\\^$.*+?()[\]{}|/-]/g, (sign) => (sign === "*" ? "[^.]*" : `\\${sign}`));
    return last ? literal : `${literal}\\.`;
  });
  return new RegExp(`^${source.join("")}(?:\\..*)?$`, "s");
}

/** The three names that need the fewest edits to match; the first of equals. */
export function nearest(names: readonly string[], pattern: string): string[] {
  return names
    .map((name) => ({ name, edits: edits(pattern, name) }))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Letters to insert, remove or replace until the pattern matches the name or its beginning; a `*` takes any text for nothing. */
function edits(pattern: string, name: string): number {
  let row = Array.from({ length: name.length + 1 }, (_, j) => j);
  for (const sign of pattern) {
    const free = sign === "*";
    const next = [row[0]! + (free ? 0 : 1)];
    for (let j = 1; j <= name.length; j++) {
      const replaced = row[j - 1]! + (free || sign === name[j - 1] ? 0 : 1);
      const removed = row[j]! + (free ? 0 : 1);
      next.push(Math.min(replaced, removed, next[j - 1]! + (free ? 0 : 1)));
    }
    row = next;
  }
  return row.reduce((least, cost, j) =>
    j === name.length || name[j] === "." ? Math.min(least, cost) : least,
  );
}
