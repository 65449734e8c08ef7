/** The recipes that a state carries from turn to turn. */
import type { Recipe } from "./seeded.ts";

/** Terms of a recipe that is carried on: with more, drawing them costs more than a pass over a vector. */
export const LONGEST = 32;

/** Every recipe in plain data, once. */
export function recipesIn<K = Float32Array>(value: unknown, found: Set<Recipe<K>> = new Set()): Recipe<K>[] {
  if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) {
    if (isRecipe<K>(value)) found.add(value);
    else for (const part of Object.values(value)) recipesIn(part, found);
  }
  return [...found];
}

const isRecipe = <K>(value: object): value is Recipe<K> => "terms" in value;
