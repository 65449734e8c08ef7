/** Parameters held a second time: whoever is told every update has them bit for bit, and can stand where a candidate is. */
import type { Seed } from "../kernel/seeds.ts";
import { isSeed, type Recipe } from "./seeded.ts";
import type { SeededDirections } from "./seeded-directions.ts";
import { copiedIterate, type Part, writing } from "./seeded-iterate.ts";

/**
 * A sum of directions, by what those who share the parameters know: coefficients of seeds, and of the vectors that updates wrote, by
 * their numbers. Plain data of a few dozen bytes a term, whatever d is.
 */
export type Candidate = readonly (readonly [coefficient: number, of: Seed | number])[];

/** What changes for everyone, in order: the iterate moves by a sum, or a sum is written into the vector of that number. */
export interface Update {
  readonly into: "x" | number;
  readonly sum: Candidate;
}

/** Is told of each update as it is made; `vectors` are those that updates wrote, by number, now and later. */
export type Updated = (update: Update, vectors: readonly Float32Array[]) => void;

/** The recipe in words that others understand. */
export function candidateOf({ terms }: Recipe, vectors: readonly Float32Array[]): Candidate {
  return terms.map(([c, z]) => [c, isSeed(z) ? z : vectors.indexOf(z)]);
}

const CHUNK = 16384;

/** out <- the recipe, which may hold `out` itself. */
export function writeRecipe(out: Float32Array, recipe: Recipe, directions: SeededDirections): void {
  const { add } = writing(directions, recipe);
  const room = new Float32Array(CHUNK);
  for (let at = 0; at < out.length; at += CHUNK) {
    const chunk = room.subarray(0, out.length - at).fill(0);
    add(chunk, chunk, at);
    out.set(chunk, at);
  }
}

export interface Replica {
  /** The parameters go to the candidate. */
  place(candidate: Candidate): void;
  /** They go back to the iterate. */
  restore(): void;
  apply(update: Update): void;
  /** Numbers that another iterate, or other vectors, have by accident only: replicas agree where these do. */
  stamp(): readonly number[];
  /** The vectors that updates wrote, by number. */
  readonly vectors: readonly Float32Array[];
}

/**
 * @param parts    the parameters, which move; at the iterate now
 * @param vectors  what updates wrote until now, by number: copies are kept
 * @cost  a copy of the parameters (4 d bytes), and 4 d bytes for each vector: one or two for a method with a memory
 */
export function replica(
  parts: readonly Part[],
  directions: SeededDirections,
  vectors: readonly Float32Array[] = [],
): Replica {
  const own = vectors.map((vector) => vector.slice());
  const iterate = copiedIterate(parts, directions);
  const recipeOf = (candidate: Candidate): Recipe => ({
    terms: candidate.map(([c, of]) => [c, typeof of === "number" ? own[of]! : of]),
  });
  return {
    vectors: own,
    place: (candidate) => iterate.place([[1, recipeOf(candidate)]]),
    restore: iterate.restore,
    apply({ into, sum }) {
      iterate.restore();
      const recipe = recipeOf(sum);
      if (into === "x") iterate.move([[1, recipe]]);
      else {
        const out = own[into] ?? new Float32Array(directions.dimension);
        own[into] = out;
        writeRecipe(out, recipe, directions);
      }
    },
    stamp() {
      iterate.restore();
      return [...parts.map(({ array }) => array), ...own].map((array) => directions.kernels.stamp(array));
    },
  };
}
