/**
 * Vectors as recipes: a list of seeds with coefficients. Nothing of length d exists until a kernel is asked to write into
 * parameters; inner products are coordinates times a small Gram matrix of seeds.
 */
import type { Term } from "../kernel/kernels.ts";
import type { Seed } from "../kernel/seeds.ts";
import { need } from "../option.ts";
import { keyOf } from "../sample/stream.ts";
import type { Space } from "./space.ts";

/** What recipes are made of: a direction drawn from its seed, or a vector that is kept, a K. */
export type Basis<K = Float32Array> = Seed | K;

/** sum of c z: plain data. The terms change only where the vector stays what it is: see `SeededWorld.settle`. */
export interface Recipe<K = Float32Array> {
  terms: readonly Term<Basis<K>>[];
}

/** What inner products come from: row-major, and promised where they are summed in a device. */
export interface Products<K> {
  /** d, of every direction. */
  readonly dimension: number;
  /** All products <z_i, z_j>, rows.length x others.length: the same bits whatever else is in the lists. */
  gram(rows: readonly Seed[], others: readonly Seed[]): Float64Array | Promise<Float64Array>;
  /** <z, v> for each seed, v of length d. */
  along(seeds: readonly Seed[], v: K): Float64Array | Promise<Float64Array>;
  dot(v: K, w: K): number | Promise<number>;
}

/** Thrown where products were asked for that are promised and were not prepared: when `ready` resolves, they are known. */
class Unprepared extends Error {
  readonly ready: Promise<unknown>;

  constructor(ready: Promise<unknown>) {
    super("SeededSpace: products were asked for that were not prepared.");
    this.ready = ready;
  }
}

/** What a pure function gives once all products are known that it asks for. */
export async function prepared<T>(run: () => T): Promise<T> {
  for (;;)
    try {
      return run();
    } catch (error) {
      if (!(error instanceof Unprepared)) throw error;
      await error.ready;
    }
}

export interface SeededSpace<K = Float32Array> extends Space<Recipe<K>> {
  /**
   * Forgets the products of everything that none of these recipes has. Without it a run remembers all its seeds; a vector
   * that is written to must be forgotten first.
   */
  keepOnly(recipes: readonly Recipe<K>[]): void;
  /** All products among these recipes are known when it resolves: to be awaited before any is asked for, where they are promised. */
  prepare(recipes: readonly Recipe<K>[]): Promise<void>;
}

/**
 * @param products  of what directions are, whatever a method asks for: all kinds have the same mean square length
 * @cost  a product of recipes of a and b terms: a b multiply-adds, once the products of their seeds are known; what a call
 *   lacks of these is had at once, each direction drawn once
 */
export function seededSpace<K extends object>(products: Products<K>): SeededSpace<K> {
  const { dimension } = products;
  const known = new Map<Name, Map<Name, number>>();
  const knows = (a: Basis<K>, b: Basis<K>): boolean => known.get(nameOf(a))?.has(nameOf(b)) ?? false;

  function learn({ rows, others }: Block<K>, found: Float64Array): void {
    rows.forEach((a, i) => {
      others.forEach((b, j) => {
        for (const [p, q] of [
          [a, b],
          [b, a],
        ] as const) {
          const row = known.get(nameOf(p)) ?? new Map<Name, number>();
          known.set(nameOf(p), row.set(nameOf(q), found[i * others.length + j]!));
        }
      });
    });
  }

  /** The blocks of products of these with those that hold what is not known yet. */
  function unknown(rows: readonly Basis<K>[], others: readonly Basis<K>[]): Block<K>[] {
    const left = rows.filter((a) => !others.every((b) => knows(a, b)));
    const right = others.filter((b) => !left.every((a) => knows(a, b)));
    const [seeds, vectors] = [left.filter(isSeed), left.filter(isKept)];
    const [otherSeeds, otherVectors] = [right.filter(isSeed), right.filter(isKept)];
    const same = seeds.join() === otherSeeds.join();
    const along = (v: K, seeds: readonly Seed[]): Block<K> => ({
      rows: [v],
      others: seeds,
      products: () => products.along(seeds, v),
    });
    return [
      {
        rows: seeds,
        others: otherSeeds,
        products: () => products.gram(seeds, same ? seeds : otherSeeds),
      },
      ...vectors.flatMap((v) => [
        along(v, otherSeeds),
        ...otherVectors.map((w) => ({ rows: [v], others: [w], products: () => numbers(products.dot(v, w)) })),
      ]),
      ...otherVectors.map((w) => along(w, seeds)),
    ].filter(({ rows, others }) => rows.length > 0 && others.length > 0);
  }

  /** Every product of these with those is known afterwards. */
  function provide(rows: readonly Basis<K>[], others: readonly Basis<K>[]): void {
    const waiting: Promise<void>[] = [];
    for (const block of unknown(rows, others)) {
      const found = block.products();
      if (found instanceof Promise) waiting.push(found.then((values) => learn(block, values)));
      else learn(block, found);
    }
    if (waiting.length > 0) throw new Unprepared(Promise.all(waiting));
  }

  function gram(rows: readonly Recipe<K>[], others: readonly Recipe<K>[]): Float64Array {
    provide(basesOf(rows), basesOf(others));
    const out = rows.flatMap((a) => others.map((b) => product(a, b)));
    return Float64Array.from(out);
  }

  function product(a: Recipe<K>, b: Recipe<K>): number {
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
    draw(count, stream, { kind, scale }) {
      need(
        kind !== "coordinate" && kind !== "orthogonal",
        "OPTION",
        "over seeds, directions are those of seeded(), and the method's must be left out",
        kind,
      );
      return Array.from({ length: count }, (_, row) => ({ terms: [[scale, keyOf(stream, row)]] }));
    },
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
    async prepare(recipes) {
      const bases = basesOf(recipes);
      await Promise.all(unknown(bases, bases).map(async (block) => learn(block, await block.products())));
    },
  };
}

/** Products of each row with each other one, and where they come from. */
interface Block<K> {
  readonly rows: readonly Basis<K>[];
  readonly others: readonly Basis<K>[];
  readonly products: () => Float64Array | Promise<Float64Array>;
}

const numbers = (product: number | Promise<number>): Float64Array | Promise<Float64Array> =>
  typeof product === "number" ? Float64Array.of(product) : product.then((value) => Float64Array.of(value));

/** sum of c v with every basis once, in the order they first come. */
export function sum<K extends object = Float32Array>(terms: readonly Term<Recipe<K>>[]): Recipe<K> {
  const total = new Map<Name, Term<Basis<K>>>();
  for (const [c, v] of terms)
    for (const [e, z] of v.terms) total.set(nameOf(z), [(total.get(nameOf(z))?.[0] ?? 0) + c * e, z]);
  return { terms: [...total.values()] };
}

/** A seed is a list of words, which no kept vector is. */
export const isSeed = <K>(z: Basis<K>): z is Seed => Array.isArray(z);
export const isKept = <K>(z: Basis<K>): z is K => !isSeed(z);

/** Its terms over seeds, and those over vectors that are kept. */
export function split<K>({ terms }: Recipe<K>): { readonly seeds: Term<Seed>[]; readonly kept: Term<K>[] } {
  return {
    seeds: terms.filter((term): term is Term<Seed> => isSeed(term[1])),
    kept: terms.filter((term): term is Term<K> => isKept(term[1])),
  };
}

type Name = string | object;

/** The same for the same direction: a seed's words, or the vector itself. */
function nameOf<K extends object>(z: Basis<K>): Name {
  if (!isSeed(z)) return z;
  const name = names.get(z) ?? z.join();
  names.set(z, name);
  return name;
}

const names = new WeakMap<Seed, string>();

/** Each once. */
function basesOf<K extends object>(recipes: readonly Recipe<K>[]): Basis<K>[] {
  return sum<K>(recipes.map((v) => [1, v])).terms.map(([, z]) => z);
}
