/** The recipes that a state carries from turn to turn, and which of them are written out. */
import { type Recipe, split } from "./seeded.ts";

/** Terms of a recipe that is carried on: with more, drawing them costs more than a pass over a vector. */
const LONGEST = 32;

/** Every recipe in plain data, once. */
export function recipesIn<K = Float32Array>(value: unknown, found: Set<Recipe<K>> = new Set()): Recipe<K>[] {
  if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) {
    if (isRecipe<K>(value)) found.add(value);
    else for (const part of Object.values(value)) recipesIn(part, found);
  }
  return [...found];
}

const isRecipe = <K>(value: object): value is Recipe<K> => "terms" in value;

/** The vectors that recipes have parts in, as often as they have. */
export const keptIn = <K>(recipes: readonly Recipe<K>[]): K[] =>
  recipes.flatMap((v) => split(v).kept.map(([, z]) => z));

/**
 * Writes out, by `keep`, recipes that grew long, and those with parts in several vectors where there are more vectors than recipes
 * with a part in one: so many at most there are in the end, however long a run goes on.
 */
export function shorten<K>(live: readonly Recipe<K>[], keep: (v: Recipe<K>) => void): void {
  for (const v of live.filter(({ terms }) => terms.length > LONGEST)) keep(v);
  const count = (v: Recipe<K>): number => keptIn([v]).length;
  const partly = live.filter((v) => count(v) > 0).sort((v, w) => count(w) - count(v));
  if (new Set(keptIn(partly)).size > partly.length)
    for (const v of partly.filter((v) => count(v) > 1)) keep(v);
}
