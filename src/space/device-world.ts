/** A seeded space whose long vectors lie in a device: parameters move there, and nothing of length d is ever read back. */
import type { Term } from "../kernel/kernels.ts";
import type { Seed } from "../kernel/seeds.ts";
import type { DeviceVector } from "../kernel/webgpu/index.ts";
import { type DeviceDirections, partOf } from "./device-directions.ts";
import type { Iterate } from "./iterate.ts";
import type { Candidate } from "./replica.ts";
import {
  type Basis,
  isSeed,
  prepared,
  type Recipe,
  type SeededSpace,
  seededSpace,
  split,
  sum,
} from "./seeded.ts";
import type { Stretch } from "./seeded-world.ts";
import { keptIn, recipesIn, shorten } from "./settled.ts";
import type { Terms } from "./space.ts";

/**
 * A vector that was written out: plain data, from which it is written again where a state is loaded. Terms that a float32
 * sum would not see are left out. What has parts of x is not written again: of that is known that no entry is larger than `most`.
 */
export type Written = { readonly written: readonly Term<Seed>[] } | { readonly most: number };

export interface DeviceWorld {
  readonly space: SeededSpace<Written>;
  readonly iterate: DeviceIterate;
  /** The displacement in seeds, to be told from others; parts of what was written out of x have no name. */
  candidate(terms: Terms<Recipe<Written>>): Candidate;
  /** To be called between turns, with all that is still needed: no more vectors are left than recipes with a part in one. */
  settle(state: object): void;
  /** Runs what tells the values of these terms, a pure function, until every product is known that it asks for. */
  tell<T>(run: () => T, asked: readonly Terms<Recipe<Written>>[]): Promise<T>;
  /** As that of `SeededWorld`, within `tell`: the same vector for the same g until the next `settle`. */
  writeOut(g: Recipe<Written>, stretches: readonly Stretch[]): Recipe<Written>;
  /** Whether all that this stored state knows can be written again. */
  knows(state: object): boolean;
  /** Destroys all that this world made in the device. */
  close(): void;
}

export interface DeviceIterate extends Omit<Iterate<Recipe<Written>>, "adopt"> {
  adopt(): Promise<boolean>;
}

/** Of the largest coefficient: a float32 sum keeps nothing smaller. */
const NEGLIGIBLE = 2 ** -30;
/** Numbers beyond may overflow with the parameters they join. */
const SAFE = 1e30;

/**
 * @param x  the parameters, from element 0 on without a gap
 * @cost  a copy of them in the device, and one more vector for each recipe that is carried on (a secant, a velocity), and for
 *   what is written out
 */
export function deviceWorld(x: DeviceVector, directions: DeviceDirections): DeviceWorld {
  const { kernels, dimension } = directions;
  const vectors = new Map<Written, DeviceVector>();
  const spare: DeviceVector[] = [];
  const zeros = (): DeviceVector => {
    const out = spare.pop() ?? kernels.vector(dimension);
    kernels.clear(out);
    return out;
  };
  /** x as it is, for its length alone. */
  const here: Written = { most: Infinity };
  const vectorOf = (v: Written): DeviceVector => {
    const known = v === here ? copy : vectors.get(v);
    if (known) return known;
    if (!("written" in v)) throw new Error("deviceWorld: a vector that is gone.");
    const out = zeros();
    directions.add(out, out, v.written);
    vectors.set(v, out);
    return out;
  };
  const space = seededSpace<Written>({
    dimension,
    gram: directions.gram,
    along: (seeds, v) => directions.along(seeds, vectorOf(v)),
    dot: (v, w) => directions.dot(vectorOf(v), vectorOf(w)),
  });
  const copy = kernels.vector(dimension);
  kernels.copy(copy, x);
  let placed = false;
  /** Of the last settled state, and what the turn has asked for since. */
  let live: readonly Recipe<Written>[] = [];
  /** What was written out since. */
  let latest: { readonly g: Recipe<Written>; readonly p: Recipe<Written> } | undefined;

  /** out <- from + the recipe. */
  function write(out: DeviceVector, from: DeviceVector, recipe: Recipe<Written>): void {
    const { seeds, kept } = split(recipe);
    const [first, ...others] = kept.map(([c, v]): Term<DeviceVector> => [c, vectorOf(v)]);
    for (const [i, term] of others.entries()) directions.add(out, i === 0 ? from : out, [], term);
    directions.add(out, others.length > 0 ? out : from, seeds, first);
  }

  /** What the recipe amounts to, in seeds alone; undefined where it is more than seeds. */
  function inSeeds({ terms }: Recipe<Written>): readonly Term<Seed>[] | undefined {
    const all: Term<Recipe>[] = [];
    for (const [c, z] of terms) {
      if (isSeed(z)) all.push([c, { terms: [[1, z]] }]);
      else if ("written" in z) all.push([c, { terms: z.written }]);
      else return undefined;
    }
    const { seeds } = split(sum(all));
    const largest = Math.max(...seeds.map(([c]) => Math.abs(c)));
    return seeds.filter(([c]) => Math.abs(c) > NEGLIGIBLE * largest);
  }

  /** No entry of the recipe is larger. */
  function mostOf(recipe: Recipe<Written>): number {
    const most = (z: Basis<Written>): number =>
      isSeed(z) ? directions.largest : "most" in z ? z.most : mostOf({ terms: z.written });
    const terms: Recipe<Written>["terms"] = inSeeds(recipe) ?? recipe.terms;
    return terms.reduce((all, [c, z]) => all + Math.abs(c) * most(z), 0);
  }

  /** No entry of x is larger: its length, and what a sum in float32 may be short of. */
  function mostOfX(): number {
    const x: Recipe<Written> = { terms: [[1, here]] };
    return 1.01 * Math.sqrt(space.dot(x, x));
  }

  /** v <- the same, written into a vector of its own. */
  function keep(v: Recipe<Written>): void {
    const out = zeros();
    write(out, out, v);
    const seeds = inSeeds(v);
    const written: Written = seeds ? { written: seeds } : { most: mostOf(v) };
    vectors.set(written, out);
    v.terms = [[1, written]];
  }

  /** Gives up the vectors that no live recipe has a part in. */
  function sweep(): void {
    const inUse = new Set(keptIn(live));
    for (const [written, vector] of vectors) {
      if (inUse.has(written)) continue;
      vectors.delete(written);
      if (spare.length > 0) kernels.free(vector);
      else spare.push(vector);
    }
  }

  return {
    space,
    iterate: {
      place(terms) {
        const recipe = sum(terms);
        if (recipe.terms.length === 0 && !placed) return;
        placed = true;
        write(x, copy, recipe);
      },
      restore() {
        if (!placed) return;
        placed = false;
        try {
          kernels.copy(x, copy);
        } catch {
          // Kernels that failed throw at every call: whoever goes on is told, and whoever failed first keeps his error.
        }
      },
      move(terms) {
        const recipe = sum(terms);
        if (!(mostOf(recipe) < SAFE)) return false;
        write(copy, copy, recipe);
        kernels.copy(x, copy);
        placed = false;
        return true;
      },
      async adopt() {
        if (await kernels.same(x, copy)) return false;
        kernels.copy(copy, x);
        return true;
      },
    },
    candidate(terms) {
      const recipe = sum(terms);
      const { seeds, kept } = split(recipe);
      return inSeeds(recipe) ?? [...seeds, ...kept.map(([c]) => [c, 0] as const)];
    },
    settle(state) {
      latest = undefined;
      live = recipesIn<Written>(state);
      shorten(live, (v) => {
        keep(v);
        sweep();
      });
      space.keepOnly(live);
      sweep();
    },
    async tell(run, asked) {
      live = [...live, ...asked.flatMap((terms) => terms.map(([, v]) => v))];
      await space.prepare(live);
      return prepared(run);
    },
    writeOut(g, stretches) {
      if (!latest || !isSame(g, latest.g)) {
        const size = mostOf(g);
        const ofX = stretches.some(({ decay }) => decay > 0) ? mostOfX() : 0;
        const most = Math.max(...stretches.map(({ scale, decay }) => scale * (size + decay * ofX)));
        const out = zeros();
        for (const { begin, end, scale, decay } of stretches) {
          const part = partOf(out, begin, end);
          if (decay > 0) kernels.perturb("gaussian", part, part, [], [scale * decay, copy]);
          write(part, part, sum([[scale, g]]));
        }
        const written: Written = { most };
        vectors.set(written, out);
        latest = { g, p: { terms: [[1, written]] } };
      }
      const { p } = latest;
      space.gram([p], [p, g, ...live]); // all that will be asked for, at once
      return p;
    },
    knows: (state) => keptIn(recipesIn<Written>(state)).every((z) => "written" in z),
    close() {
      for (const vector of [copy, ...spare, ...vectors.values()]) kernels.free(vector);
      spare.length = 0;
      vectors.clear();
    },
  };
}

/** Whether two recipes are the same, term by term. */
function isSame(v: Recipe<Written>, w: Recipe<Written>): boolean {
  const nameOf = (z: Basis<Written>): unknown => (isSeed(z) ? z.join() : z);
  const same = v.terms.every(([c, z], i) => {
    const [e, y] = w.terms[i] ?? [];
    return c === e && y !== undefined && nameOf(z) === nameOf(y);
  });
  return same && v.terms.length === w.terms.length;
}
