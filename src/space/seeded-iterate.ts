/** Parameters that recipes move: float32 arrays of the caller's, whatever their number, and one copy of them, or none. */
import type { Term } from "../kernel/kernels.ts";
import type { Seed, SeedKernels, SeedKind } from "../kernel/seeds.ts";
import type { Iterate } from "./iterate.ts";
import { isKept, isSeed, type Recipe, sum } from "./seeded.ts";
import type { Terms } from "./space.ts";

/** One array of the parameters, and which element of a direction belongs to its first. */
export interface Part {
  readonly array: Float32Array;
  readonly begin: number;
}

/** What writes recipes into arrays. */
export interface Writer {
  readonly kind: SeedKind;
  readonly kernels: SeedKernels;
}

/** out <- x + sum of c v, elements from `begin` on: what is kept first, then seeds, rounded as the kernels say. */
export function write(
  { kind, kernels }: Writer,
  out: Float32Array,
  x: Float32Array,
  begin: number,
  { terms }: Recipe,
): void {
  const seeds = terms.filter((term): term is Term<Seed> => isSeed(term[1]));
  const [first, ...others] = terms.flatMap(([c, z]): Term<Float32Array>[] =>
    isKept(z) ? [[c, z.subarray(begin, begin + x.length)]] : [],
  );
  for (const [i, term] of others.entries()) kernels.perturb(kind, out, i === 0 ? x : out, begin, [], term);
  kernels.perturb(kind, out, others.length > 0 ? out : x, begin, seeds, first);
}

/** With a copy of x: 4 d bytes, and one pass over memory for each candidate and each step. */
export function copiedIterate(parts: readonly Part[], writer: Writer): Iterate<Recipe> {
  const copies = parts.map(({ array }) => array.slice());
  const restore = (): void => {
    for (const [i, { array }] of parts.entries()) array.set(copies[i]!);
  };
  return {
    place(terms) {
      const recipe = sum(terms);
      for (const [i, { array, begin }] of parts.entries()) write(writer, array, copies[i]!, begin, recipe);
    },
    restore,
    move(terms) {
      const recipe = sum(terms);
      for (const [i, { array, begin }] of parts.entries()) write(writer, array, copies[i]!, begin, recipe);
      const fits = isSafe(recipe) || parts.every(({ array }) => allFinite(array));
      for (const [i, { array }] of parts.entries()) fits ? copies[i]!.set(array) : array.set(copies[i]!);
      return fits;
    },
    adopt() {
      const changed = parts.some(({ array }, i) => differ(array, copies[i]!));
      if (changed) for (const [i, { array }] of parts.entries()) copies[i]!.set(array);
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
export function bareIterate(parts: readonly Part[], writer: Writer): Iterate<Recipe> {
  let placed: Recipe | undefined;
  const before = new Float32Array(CHUNK);
  const back = new Float32Array(CHUNK);
  const lost = parts.map(() => losses());
  const chunks = (use: (chunk: Float32Array, begin: number, part: number, at: number) => void): void =>
    parts.forEach(({ array, begin }, part) => {
      for (let at = 0; at < array.length; at += CHUNK)
        use(array.subarray(at, at + CHUNK), begin + at, part, at);
    });
  const restore = (): void => {
    if (!placed) return;
    const undo = sum([[-1, placed]]);
    chunks((chunk, begin) => write(writer, chunk, chunk, begin, undo));
    for (const [part, { array }] of parts.entries()) lost[part]!.giveBack(array);
    placed = undefined;
  };
  const place = (terms: Terms<Recipe>): void => {
    restore();
    const recipe = sum(terms);
    placed = recipe;
    const undo = sum([[-1, recipe]]);
    chunks((chunk, begin, part, at) => {
      before.set(chunk);
      write(writer, chunk, chunk, begin, recipe);
      const undone = back.subarray(0, chunk.length);
      write(writer, undone, chunk, begin, undo);
      lost[part]!.compare(before, undone, at);
    });
  };
  /** What is placed becomes x. */
  const forgetPlaced = (): void => {
    placed = undefined;
    for (const one of lost) one.forget();
  };
  let stamp = stampOf(parts);
  return {
    place,
    restore,
    move(terms) {
      const recipe = sum(terms);
      if (isSafe(recipe)) {
        restore();
        for (const { array, begin } of parts) write(writer, array, array, begin, recipe);
      } else {
        place([[1, recipe]]);
        if (!parts.every(({ array }) => allFinite(array))) {
          restore();
          return false;
        }
        forgetPlaced();
      }
      stamp = stampOf(parts);
      return true;
    },
    adopt() {
      const now = stampOf(parts);
      const changed = now !== stamp;
      stamp = now;
      return changed;
    },
  };
}

/** Whether no element of a float32 vector can overflow by it: half a unit in the last place of the largest is 1e31. */
function isSafe({ terms }: Recipe): boolean {
  const LARGEST = 4.4; // of the normal table
  return (
    terms.every(([, z]) => isSeed(z)) && terms.reduce((all, [c]) => all + LARGEST * Math.abs(c), 0) < 1e30
  );
}

function allFinite(array: Float32Array): boolean {
  for (let i = 0; i < array.length; i++) if (!(Math.abs(array[i]!) < Infinity)) return false;
  return true;
}

/** Elements that an inverse operation does not give back. */
function losses(): {
  compare(before: Float32Array, after: Float32Array, at: number): void;
  giveBack(array: Float32Array): void;
  forget(): void;
} {
  let indices = new Uint32Array(64);
  let values = new Float32Array(64);
  let count = 0;
  const grow = (): void => {
    const [old, held] = [indices, values];
    indices = new Uint32Array(2 * count);
    values = new Float32Array(2 * count);
    indices.set(old);
    values.set(held);
  };
  return {
    compare(before, after, at) {
      const [a, b] = [bitsOf(before), bitsOf(after)];
      for (let i = 0; i < after.length; i++) {
        if (a[i] === b[i]) continue;
        if (count === indices.length) grow();
        indices[count] = at + i;
        values[count++] = before[i]!;
      }
    },
    giveBack(array) {
      for (let k = 0; k < count; k++) array[indices[k]!] = values[k]!;
      count = 0;
    },
    forget() {
      count = 0;
    },
  };
}

const bitsOf = (array: Float32Array): Int32Array =>
  new Int32Array(array.buffer, array.byteOffset, array.length);

function differ(a: Float32Array, b: Float32Array): boolean {
  const [left, right] = [bitsOf(a), bitsOf(b)];
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return true;
  return false;
}

/** A hash of all parameters' bits. */
function stampOf(parts: readonly Part[]): number {
  let hash = 0;
  for (const { array } of parts) {
    const bits = bitsOf(array);
    for (let i = 0; i < bits.length; i++) hash = (Math.imul(hash, 31) + bits[i]!) | 0;
  }
  return hash;
}
