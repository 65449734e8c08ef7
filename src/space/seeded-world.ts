/** A seeded space, the iterate in the caller's parameters, and what keeps recipes short however long a run goes on. */
import type { Iterate } from "./iterate.ts";
import { type Candidate, candidateOf, type Updated, writeRecipe } from "./replica.ts";
import { type Recipe, type SeededSpace, seededSpace, sum } from "./seeded.ts";
import type { SeededDirections } from "./seeded-directions.ts";
import { bareIterate, copiedIterate, type Part, writing } from "./seeded-iterate.ts";
import { keptIn, recipesIn, shorten } from "./settled.ts";
import type { Terms } from "./space.ts";

export interface SeededWorld {
  readonly space: SeededSpace;
  readonly iterate: Iterate<Recipe>;
  /**
   * Recipes that grew long are written out, into one more vector of length d: the same again and again where a method carries
   * one of them from turn to turn (a secant, a velocity). There are never more vectors than recipes with a part in one, and
   * that one more. To be called between turns, with all that is still needed.
   */
  settle(state: object): void;
  /** scale (g + decay x), stretch by stretch, in one vector of length d that nothing of the last settled state has. */
  writeOut(g: Recipe, stretches: readonly Stretch[]): Recipe;
  /** The displacement, for those who share the parameters. */
  candidate(terms: Terms<Recipe>): Candidate;
  /** The parameters as they stand are the iterate, and these the vectors that updates wrote, by number. */
  adopt(vectors: readonly Float32Array[]): void;
  /** Vectors that updates wrote, by number. */
  readonly vectors: readonly Float32Array[];
}

/** Elements [begin, end), and what becomes of them. */
export interface Stretch {
  readonly begin: number;
  readonly end: number;
  readonly scale: number;
  readonly decay: number;
}

const CHUNK = 16384;

/**
 * @param parts  arrays, one behind the other in the directions
 * @param copy   keep a copy of the iterate (4 d bytes), or restore it in place, slower
 * @param updated  told of what changes for those who share the parameters, as it does; but for what `writeOut` writes
 */
export function seededWorld(
  parts: readonly Part[],
  directions: SeededDirections,
  copy: boolean,
  updated: Updated = () => {},
): SeededWorld {
  const d = directions.dimension;
  const { kernels } = directions;
  const made: Float32Array[] = [];
  /** Of the last settled state, and made since. */
  let taken: ReadonlySet<Float32Array> = new Set();
  const space = seededSpace(directions);
  const own = (copy ? copiedIterate : bareIterate)(parts, directions);
  const candidate = (terms: Terms<Recipe>): Candidate => candidateOf(sum(terms), made);
  const iterate: Iterate<Recipe> = {
    ...own,
    move(terms) {
      if (!own.move(terms)) return false;
      updated({ into: "x", sum: candidate(terms) }, made);
      return true;
    },
  };
  const freeOf = (inUse: ReadonlySet<Float32Array>, own: readonly Float32Array[] = []): Float32Array => {
    const out = [...own, ...made].find((array) => !inUse.has(array)) ?? new Float32Array(d);
    if (!made.includes(out)) made.push(out);
    return out;
  };

  /** v <- the same, written into one vector that no other recipe has. */
  function keep(v: Recipe, others: readonly Recipe[]): void {
    const out = freeOf(new Set(keptIn(others)), keptIn([v]));
    updated({ into: made.indexOf(out), sum: candidateOf(v, made) }, made);
    writeRecipe(out, v, directions);
    space.keepOnly(others);
    v.terms = [[1, out]];
  }

  return {
    space,
    iterate,
    candidate,
    vectors: made,
    adopt(vectors) {
      own.adopt();
      made.push(...vectors);
    },
    settle(state) {
      const live = recipesIn(state);
      for (const array of new Set(keptIn(live))) if (!made.includes(array)) made.push(array); // of a stored state
      space.keepOnly(live);
      shorten(live, (v) =>
        keep(
          v,
          live.filter((other) => other !== v),
        ),
      );
      taken = new Set(keptIn(live));
    },
    writeOut(g, stretches) {
      iterate.restore();
      const out = freeOf(taken);
      taken = new Set([...taken, out]);
      for (const { begin, end, scale, decay } of stretches) {
        const { add } = writing(directions, sum([[scale, g]]));
        for (const { array, begin: first } of parts.filter((part) => part.begin >= begin && part.begin < end))
          for (let at = 0; at < array.length; at += CHUNK) {
            const x = array.subarray(at, at + CHUNK);
            const chunk = out.subarray(first + at, first + at + x.length).fill(0);
            if (decay > 0) kernels.perturb("gaussian", chunk, chunk, 0, [], [scale * decay, x]);
            add(chunk, chunk, first + at);
          }
      }
      return { terms: [[1, out]] };
    },
  };
}
