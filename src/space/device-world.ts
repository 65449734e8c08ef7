/** A seeded space whose long vectors lie in a device: parameters move there, and nothing of length d is ever read back. */
import type { Term } from "../kernel/kernels.ts";
import type { Seed } from "../kernel/seeds.ts";
import type { DeviceVector } from "../kernel/webgpu/index.ts";
import type { DeviceDirections } from "./device-directions.ts";
import type { Iterate } from "./iterate.ts";
import { isSeed, type Recipe, type SeededSpace, seededSpace, split, sum } from "./seeded.ts";
import { LONGEST, recipesIn } from "./settled.ts";
import type { Terms } from "./space.ts";

/**
 * A vector that was written out: plain data, from which it is written again where a state is loaded. Terms that a float32
 * sum would not see are left out.
 */
export interface Written {
  readonly written: readonly Term<Seed>[];
}

export interface DeviceWorld {
  readonly space: SeededSpace<Written>;
  readonly iterate: DeviceIterate;
  settle(state: object): void;
  /** Every product is known that a turn may ask for, which knows the state and asked for these terms. */
  prepare(state: object, asked: readonly Terms<Recipe<Written>>[]): Promise<void>;
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
 * @cost  a copy of them in the device, and one more vector for each recipe that is carried on (a secant, a velocity)
 */
export function deviceWorld(x: DeviceVector, directions: DeviceDirections): DeviceWorld {
  const { kernels, dimension } = directions;
  const vectors = new Map<Written, DeviceVector>();
  const spare: DeviceVector[] = [];
  const vectorOf = (v: Written): DeviceVector => {
    const known = vectors.get(v);
    if (known) return known;
    const out = spare.pop() ?? kernels.vector(dimension);
    kernels.clear(out);
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

  /** out <- from + the recipe. */
  function write(out: DeviceVector, from: DeviceVector, recipe: Recipe<Written>): void {
    const { seeds, kept } = split(recipe);
    const [first, ...others] = kept.map(([c, v]): Term<DeviceVector> => [c, vectorOf(v)]);
    for (const [i, term] of others.entries()) directions.add(out, i === 0 ? from : out, [], term);
    directions.add(out, others.length > 0 ? out : from, seeds, first);
  }

  /** What the recipe amounts to, in seeds alone. */
  function inSeeds({ terms }: Recipe<Written>): readonly Term<Seed>[] {
    const all = sum(terms.map(([c, z]): Term<Recipe> => [c, { terms: isSeed(z) ? [[1, z]] : z.written }]));
    const { seeds } = split(all);
    const largest = Math.max(...seeds.map(([c]) => Math.abs(c)));
    return seeds.filter(([c]) => Math.abs(c) > NEGLIGIBLE * largest);
  }

  /** v <- the same, written into a vector of its own. */
  function keep(v: Recipe<Written>): void {
    const out = spare.pop() ?? kernels.vector(dimension);
    kernels.clear(out);
    write(out, out, v);
    const written: Written = { written: inSeeds(v) };
    vectors.set(written, out);
    v.terms = [[1, written]];
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
        const most = inSeeds(recipe).reduce((all, [c]) => all + directions.largest * Math.abs(c), 0);
        if (!(most < SAFE)) return false;
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
    settle(state) {
      const live = recipesIn<Written>(state);
      for (const v of live.filter(({ terms }) => terms.length > LONGEST)) keep(v);
      space.keepOnly(live);
      const inUse = new Set(live.flatMap((v) => split(v).kept.map(([, z]) => z)));
      for (const [written, vector] of vectors) {
        if (inUse.has(written)) continue;
        vectors.delete(written);
        if (spare.length > 0) kernels.free(vector);
        else spare.push(vector);
      }
    },
    prepare: (state, asked) =>
      space.prepare([...recipesIn<Written>(state), ...asked.flatMap((terms) => terms.map(([, v]) => v))]),
    close() {
      for (const vector of [copy, ...spare, ...vectors.values()]) kernels.free(vector);
      spare.length = 0;
      vectors.clear();
    },
  };
}
