/**
 * Vectors as recipes: a list of seeds with coefficients. Nothing of length d exists until a kernel is asked to write into
 * parameters; inner products are coordinates times a small Gram matrix of seeds.
 */
import { jsKernels } from "../kernel/js/index.ts";
import type { Term } from "../kernel/kernels.ts";
import type { Seed } from "../kernel/seeds.ts";
import { keyOf } from "../sample/stream.ts";
import type { SeededDirections } from "./seeded-directions.ts";
import type { Space } from "./space.ts";

/** What recipes are made of: a direction drawn from its seed, or a vector of float32 that is kept in memory. */
export type Basis = Seed | Float32Array;

/** sum of c z: plain data. The terms change only where the vector stays what it is: see `SeededWorld.settle`. */
export interface Recipe {
  terms: readonly Term<Basis>[];
}

export interface SeededSpace extends Space<Recipe> {
  /**
   * Forgets the products of everything that none of these recipes has. Without it a run remembers all its seeds; a vector
   * that is written to must be forgotten first.
   */
  keepOnly(recipes: readonly Recipe[]): void;
}

/**
 * @param directions  what they are, whatever a method asks for: all kinds have the same mean square length
 * @cost  a product of recipes of a and b terms: a b multiply-adds, once the products of their seeds are known; what a call
 *   lacks of these is had at once, each direction drawn once
 */
export function seededSpace(directions: SeededDirections): SeededSpace {
  const { dimension } = directions;
  const known = new Map<Name, Map<Name, number>>();
  const knows = (a: Basis, b: Basis): boolean => known.get(nameOf(a))?.has(nameOf(b)) ?? false;

  function learn(rows: readonly Basis[], others: readonly Basis[], products: Float64Array): void {
    rows.forEach((a, i) => {
      others.forEach((b, j) => {
        for (const [p, q] of [
          [a, b],
          [b, a],
        ] as const) {
          const row = known.get(nameOf(p)) ?? new Map<Name, number>();
          known.set(nameOf(p), row.set(nameOf(q), products[i * others.length + j]!));
        }
      });
    });
  }

  /** Every product of these with those is known afterwards. */
  function provide(rows: readonly Basis[], others: readonly Basis[]): void {
    const left = rows.filter((a) => !others.every((b) => knows(a, b)));
    const right = others.filter((b) => !left.every((a) => knows(a, b)));
    const [seeds, vectors] = [left.filter(isSeed), left.filter(isKept)];
    const [otherSeeds, otherVectors] = [right.filter(isSeed), right.filter(isKept)];
    const same = seeds.join() === otherSeeds.join();
    learn(seeds, otherSeeds, directions.gram(seeds, same ? seeds : otherSeeds));
    for (const v of vectors) {
      learn([v], otherSeeds, directions.along(otherSeeds, v));
      for (const w of otherVectors) learn([v], [w], Float64Array.of(jsKernels.dot(v, w)));
    }
    for (const w of otherVectors) learn([w], seeds, directions.along(seeds, w));
  }

  function gram(rows: readonly Recipe[], others: readonly Recipe[]): Float64Array {
    provide(basesOf(rows), basesOf(others));
    const out = rows.flatMap((a) => others.map((b) => product(a, b)));
    return Float64Array.from(out);
  }

  function product(a: Recipe, b: Recipe): number {
    let sum = 0;
    for (const [c, p] of a.terms) {
      const row = known.get(nameOf(p))!;
      for (const [e, q] of b.terms) sum += c * e * row.get(nameOf(q))!;
    }
    return sum;
  }

  return {
    dimension,
    roundoff: 2 ** -53,
    draw: (count, stream, { scale }) =>
      Array.from({ length: count }, (_, row) => ({ terms: [[scale, keyOf(stream, row)]] })),
    dot: (a, b) => gram([a], [b])[0]!,
    gram,
    combine: sum,
    shift: (v, terms) => sum([[1, v], ...terms]),
    keepOnly(recipes) {
      const names = new Set(basesOf(recipes).map(nameOf));
      for (const [name, row] of known) {
        if (!names.has(name)) known.delete(name);
        for (const other of row.keys()) if (!names.has(other)) row.delete(other);
      }
    },
  };
}

/** sum of c v with every basis once, in the order they first come. */
export function sum(terms: readonly Term<Recipe>[]): Recipe {
  const total = new Map<Name, Term<Basis>>();
  for (const [c, v] of terms)
    for (const [e, z] of v.terms) total.set(nameOf(z), [(total.get(nameOf(z))?.[0] ?? 0) + c * e, z]);
  return { terms: [...total.values()] };
}

export const isSeed = (z: Basis): z is Seed => !isKept(z);
export const isKept = (z: Basis): z is Float32Array => z instanceof Float32Array;

type Name = string | Float32Array;

/** The same for the same direction: a seed's words, or the array itself. */
const nameOf = (z: Basis): Name => (isSeed(z) ? z.join() : z);

/** Each once. */
function basesOf(recipes: readonly Recipe[]): Basis[] {
  return sum(recipes.map((v) => [1, v])).terms.map(([, z]) => z);
}
