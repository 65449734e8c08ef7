/** Templates: `{sentence} It was`, filled with an example's texts, which are cut where there is no room, and nothing else is. */
import { RelizoError } from "../../../src/index.ts";
import { list, need, show } from "../check.ts";
import type { Example } from "../data/examples.ts";

/** What stands between other texts in a template: a text of its own, or the name of a field. */
type Part = { readonly literal: string } | { readonly field: string };

/** One side of a template: what comes before the mask, or after it. */
export type Side = readonly Part[];

export interface Template {
  readonly left: Side;
  /** What comes after `{mask}`; undefined where the template has none. */
  readonly right: Side | undefined;
  /** The fields it asks for, each once. */
  readonly fields: readonly string[];
}

const PLACE = /\{([^{}]+)\}/g;

/** @throws RelizoError OPTION for a template without a field, or with two masks */
export function parseTemplate(where: string, template: string): Template {
  const sides = template.split("{mask}");
  need(sides.length <= 2, "OPTION", `${where}: a template has at most one {mask}`, template);
  const [left = [], right] = sides.map(partsOf);
  const names = [...left, ...(right ?? [])].flatMap((part) => ("field" in part ? [part.field] : []));
  need(
    names.length > 0,
    "OPTION",
    `${where}: a template names at least one column in braces, such as {sentence}`,
    template,
  );
  return { left, right, fields: [...new Set(names)] };
}

function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(PLACE)) {
    if (match.index > end) parts.push({ literal: text.slice(end, match.index) });
    parts.push({ field: match[1]! });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push({ literal: text.slice(end) });
  return parts;
}

/** What a side ends in after its last field, for seeing how a word that follows is split. */
export function tail(side: Side): string {
  const last = side.at(-1);
  return last !== undefined && "literal" in last ? last.literal : "";
}

/** A side with its fields filled in, blanks around each taken off. */
export function fill(side: Side, fields: Readonly<Record<string, string>>): string {
  return side.map((part) => ("literal" in part ? part.literal : fields[part.field]!.trim())).join("");
}

/**
 * The longest version of an example that fits: every field keeps at most so many characters, the same number for all, so that
 * the longest is cut first; a cut falls back to the end of a word where there is one.
 *
 * @param encode  an example's fields to token numbers
 * @param fits    whether those have room
 * @throws RelizoError DATA for a field that is not there; OPTION where even without texts there is no room
 * @cost one encoding where all fits, else about log2 of the longest text
 */
export function fit<T>(
  where: string,
  { fields: names }: Template,
  { fields }: Example,
  encode: (fields: Readonly<Record<string, string>>) => T,
  fits: (encoded: T) => boolean,
): T {
  const lacking = names.find((name) => !Object.hasOwn(fields, name));
  if (lacking !== undefined)
    throw new RelizoError(
      "DATA",
      `${where}: the template asks for ${show(lacking)}, which the data does not have; its columns are ${list(Object.keys(fields))}.`,
    );
  const whole = encode(fields);
  if (fits(whole)) return whole;
  const letters = names.map((name) => [name, [...fields[name]!.trim()]] as const);
  const cut = (most: number): T =>
    encode(Object.fromEntries(letters.map(([name, text]) => [name, shorten(text, most)])));
  let [low, high] = [0, letters.reduce((so, [, text]) => Math.max(so, text.length), 0)];
  let best = cut(0);
  if (!fits(best))
    throw new RelizoError(
      "OPTION",
      `${where}: the template alone, without any text, is longer than the model takes; shorten it, or raise maxLength.`,
    );
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const tried = cut(middle);
    if (fits(tried)) [low, best] = [middle, tried];
    else high = middle;
  }
  return best;
}

/** At most so many characters of a text, up to the end of a word where that leaves any. */
function shorten(letters: readonly string[], most: number): string {
  if (letters.length <= most) return letters.join("");
  const kept = letters.slice(0, most).join("");
  const ends = /\s/.test(letters[most]!);
  const word = ends ? kept.length : kept.search(/\s\S*$/);
  return (word > 0 ? kept.slice(0, word) : kept).trimEnd();
}
