/** A seeded space, the iterate in the caller's parameters, and what keeps recipes short however long a run goes on. */
import type { Iterate } from "./iterate.ts";
import { isKept, type Recipe, type SeededSpace, seededSpace } from "./seeded.ts";
import type { SeededDirections } from "./seeded-directions.ts";
import { bareIterate, copiedIterate, type Part, writing } from "./seeded-iterate.ts";

export interface SeededWorld {
  readonly space: SeededSpace;
  readonly iterate: Iterate<Recipe>;
  /**
   * Recipes that grew long are written out, into one more vector of length d: the same again and again where a method carries
   * one of them from turn to turn (a secant, a velocity). To be called between turns, with all that is still needed.
   */
  settle(state: object): void;
}

/** Terms of a recipe that is carried on: with more, drawing them costs more than a pass over a vector. */
const LONGEST = 32;
const CHUNK = 16384;

/**
 * @param parts  arrays, one behind the other in the directions
 * @param copy   keep a copy of the iterate (4 d bytes), or restore it in place, slower
 */
export function seededWorld(
  parts: readonly Part[],
  directions: SeededDirections,
  copy: boolean,
): SeededWorld {
  const d = directions.dimension;
  const made: Float32Array[] = [];
  const space = seededSpace(directions);

  /** v <- the same, written into one vector that no other recipe has. */
  function keep(v: Recipe, others: readonly Recipe[]): void {
    const taken = new Set(arraysOf(others));
    const out = [...arraysOf([v]), ...made].find((array) => !taken.has(array)) ?? new Float32Array(d);
    const { add } = writing(directions, v);
    const room = new Float32Array(CHUNK);
    for (let at = 0; at < d; at += CHUNK) {
      const chunk = room.subarray(0, d - at).fill(0);
      add(chunk, chunk, at);
      out.set(chunk, at);
    }
    space.keepOnly(others);
    if (!made.includes(out)) made.push(out);
    v.terms = [[1, out]];
  }

  /** Vectors of a stored state: what was one of them, and came back as several, is one again. */
  function adopt(live: readonly Recipe[]): void {
    for (const array of arraysOf(live)) {
      if (made.includes(array)) continue;
      const same = made.find((other) => other.every((value, i) => Object.is(value, array[i])));
      if (!same) made.push(array);
      else for (const v of live) v.terms = v.terms.map(([c, z]) => [c, z === array ? same : z]);
    }
  }

  return {
    space,
    iterate: (copy ? copiedIterate : bareIterate)(parts, directions),
    settle(state) {
      const live = recipesIn(state);
      adopt(live);
      space.keepOnly(live);
      for (const v of live.filter(({ terms }) => terms.length > LONGEST))
        keep(v, live.filter((other) => other !== v)); // biome-ignore format: one line
    },
  };
}

const arraysOf = (recipes: readonly Recipe[]): Float32Array[] =>
  recipes.flatMap(({ terms }) => terms.map(([, z]) => z).filter(isKept));

const isRecipe = (value: object): value is Recipe => "terms" in value;

/** Every recipe in plain data, once. */
function recipesIn(value: unknown, found = new Set<Recipe>()): Recipe[] {
  if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) {
    if (isRecipe(value)) found.add(value);
    else for (const part of Object.values(value)) recipesIn(part, found);
  }
  return [...found];
}
