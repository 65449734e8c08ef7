/** Parameters that recipes move: float32 arrays of the caller's, whatever their number, and one copy of them, or none. */
import type { Term } from "../kernel/kernels.ts";
import type { Iterate } from "./iterate.ts";
import { isSeed, type Recipe, split, sum } from "./seeded.ts";
import type { SeededDirections, SeededSum } from "./seeded-directions.ts";
import type { Terms } from "./space.ts";

/** One array of the parameters, and which element of a direction belongs to its first. */
export interface Part {
  readonly array: Float32Array;
  readonly begin: number;
}

/**
 * A recipe to be written part by part: what is kept first, then seeds, each rounded as the kernels say. `subtract` takes away what
 * `add` added, last term first: where no rounding crossed into another binade, that gives back what was there, however many
 * terms there are.
 */
export function writing(directions: SeededDirections, recipe: Recipe): SeededSum {
  const { seeds, kept } = split(recipe);
  const { add, subtract } = directions.sum(seeds);
  const nothing = directions.sum([]);
  const partOf = ([c, v]: Term<Float32Array>, begin: number, length: number): Term<Float32Array> => [
    c,
    v.subarray(begin, begin + length),
  ];
  return {
    add(out, x, begin) {
      const [first, ...others] = kept.map((term) => partOf(term, begin, x.length));
      for (const [i, term] of others.entries()) nothing.add(out, i === 0 ? x : out, begin, term);
      add(out, others.length > 0 ? out : x, begin, first);
    },
    subtract(out, x, begin) {
      subtract(out, x, begin);
      const [first, ...others] = kept.map(([c, v]) => partOf([-c, v], begin, x.length));
      for (const term of first ? [first, ...others.reverse()] : []) nothing.add(out, out, begin, term);
    },
  };
}

/** Elements at a time where a vector is written to and copied: the second finds them in a cache. */
const STRIP = 262144;

/** With a copy of x: 4 d bytes, and one pass over memory for each candidate, two for each step. */
export function copiedIterate(parts: readonly Part[], directions: SeededDirections): Iterate<Recipe> {
  const { differences, vector } = directions.kernels;
  const whole = vector(directions.dimension);
  const copies = parts.map(({ array, begin }) => {
    const copy = whole.subarray(begin, begin + array.length);
    copy.set(array);
    return copy;
  });
  const one = new Uint32Array(1);
  /** The parameters may be away from x. */
  let placed = false;
  /** They are x, as a look at every bit has shown just now. */
  let seen = false;
  return {
    place(terms) {
      const recipe = sum(terms);
      const there = seen && recipe.terms.length === 0;
      seen = false;
      if (there) return;
      placed = true;
      const { add } = writing(directions, recipe);
      for (const [i, { array, begin }] of parts.entries()) add(array, copies[i]!, begin);
    },
    restore() {
      if (!placed) return;
      for (const [i, { array }] of parts.entries()) array.set(copies[i]!);
      placed = false;
    },
    move(terms) {
      const recipe = sum(terms);
      const { add } = writing(directions, recipe);
      [placed, seen] = [false, false];
      if (isSafe(recipe, directions)) {
        for (const [i, { array, begin }] of parts.entries())
          for (let at = 0; at < array.length; at += STRIP) {
            const strip = copies[i]!.subarray(at, at + STRIP);
            add(strip, strip, begin + at);
            array.set(strip, at);
          }
        return true;
      }
      for (const [i, { array, begin }] of parts.entries()) add(array, copies[i]!, begin);
      const fits = parts.every(({ array }) => allFinite(array));
      for (const [i, { array }] of parts.entries()) fits ? copies[i]!.set(array) : array.set(copies[i]!);
      return fits;
    },
    adopt() {
      const changed = parts.some(({ array }, i) => differences(array, copies[i]!, one) > 0);
      if (changed) for (const [i, { array }] of parts.entries()) copies[i]!.set(array);
      [placed, seen] = [false, true];
      return changed;
    },
  };
}

/** Elements at a time where x is restored in place: few enough for the cache. */
const CHUNK = 16384;

/**
 * Without a copy: a displacement is subtracted again, and what rounding loses that way is kept aside: 8 bytes for each such
 * element, few where displacements are short against the parameters, up to 8 d bytes where they are long.
 *
 * @cost  a candidate draws its directions three times and takes two passes over memory
 */
export function bareIterate(parts: readonly Part[], directions: SeededDirections): Iterate<Recipe> {
  const { differences, stamp } = directions.kernels;
  let placed: SeededSum | undefined;
  const before = new Float32Array(CHUNK);
  const back = new Float32Array(CHUNK);
  const differing = new Uint32Array(CHUNK);
  const lost = parts.map(() => losses());
  const chunks = (use: (chunk: Float32Array, begin: number, part: number, at: number) => void): void =>
    parts.forEach(({ array, begin }, part) => {
      for (let at = 0; at < array.length; at += CHUNK)
        use(array.subarray(at, at + CHUNK), begin + at, part, at);
    });
  const stampOfAll = (): string => parts.map(({ array }) => stamp(array)).join();
  const restore = (): void => {
    if (!placed) return;
    for (const { array, begin } of parts) placed.subtract(array, array, begin);
    for (const [part, { array }] of parts.entries()) lost[part]!.giveBack(array);
    placed = undefined;
  };
  const place = (terms: Terms<Recipe>): void => {
    restore();
    const recipe = sum(terms);
    if (recipe.terms.length === 0) return;
    const { add, subtract } = writing(directions, recipe);
    placed = { add, subtract };
    chunks((chunk, begin, part, at) => {
      const [old, undone] = [before.subarray(0, chunk.length), back.subarray(0, chunk.length)];
      old.set(chunk);
      add(chunk, chunk, begin);
      subtract(undone, chunk, begin);
      const count = differences(old, undone, differing);
      lost[part]!.add(differing.subarray(0, count), old, at);
    });
  };
  /** Whether no element would overflow. */
  const fits = ({ add }: SeededSum): boolean => {
    let finite = true;
    chunks((chunk, begin) => {
      const moved = back.subarray(0, chunk.length);
      if (finite) add(moved, chunk, begin);
      finite &&= allFinite(moved);
    });
    return finite;
  };
  let known = stampOfAll();
  return {
    place,
    restore,
    move(terms) {
      const recipe = sum(terms);
      const step = writing(directions, recipe);
      restore();
      if (!isSafe(recipe, directions) && !fits(step)) return false;
      for (const { array, begin } of parts) step.add(array, array, begin);
      known = stampOfAll();
      return true;
    },
    adopt() {
      const now = stampOfAll();
      const changed = now !== known;
      known = now;
      return changed;
    },
  };
}

/** Whether no element of a float32 vector can overflow by it: half a unit in the last place of the largest is 1e31. */
function isSafe({ terms }: Recipe, { largest }: SeededDirections): boolean {
  return (
    terms.every(([, z]) => isSeed(z)) && terms.reduce((all, [c]) => all + largest * Math.abs(c), 0) < 1e30
  );
}

function allFinite(array: Float32Array): boolean {
  for (let i = 0; i < array.length; i++) if (!(Math.abs(array[i]!) < Infinity)) return false;
  return true;
}

/** Elements to a page of what is lost: pages are added one at a time, so that no list is ever held twice. */
const PAGE = 8192;

/** Elements that an inverse operation does not give back. */
function losses(): {
  add(indices: Uint32Array, values: Float32Array, at: number): void;
  giveBack(array: Float32Array): void;
} {
  const pages: { readonly indices: Uint32Array; readonly values: Float32Array }[] = [];
  let count = 0;
  return {
    add(found, from, at) {
      for (let k = 0; k < found.length; ) {
        const number = Math.floor(count / PAGE);
        pages[number] ??= { indices: new Uint32Array(PAGE), values: new Float32Array(PAGE) };
        const { indices, values } = pages[number];
        for (let i = count % PAGE; i < PAGE && k < found.length; i++, k++, count++) {
          indices[i] = at + found[k]!;
          values[i] = from[found[k]!]!;
        }
      }
    },
    giveBack(array) {
      for (const { indices, values } of pages.slice(0, Math.ceil(count / PAGE))) {
        const length = Math.min(count, PAGE);
        for (let i = 0; i < length; i++) array[indices[i]!] = values[i]!;
        count -= length;
      }
    },
  };
}
