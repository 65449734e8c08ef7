/** A call as strips of its elements: what a strip takes and gives, on the caller's thread and on any other alike. */
import type { Term } from "../kernels.ts";
import { BLOCK, type Seed, type SeedKind } from "../seeds.ts";
import type { WasmRanges } from "../wasm/index.ts";

/** Elements of a strip at most: a whole number of blocks, of signs too. */
export const STRIP: number = 32 * BLOCK;

/**
 * A vector of the call's. Threads see it whole where it lies in shared memory; else they see strips of it, staged in slots,
 * and here is 1 where its address is 4 more than a multiple of 8, else 0.
 */
export type Vector = Float32Array | 0 | 1;

/** What is to be done, for structured cloning. Inputs are x, or v, and what is stored; `out` is missing where sums come out. */
export interface Task {
  readonly work: Work;
  readonly length: number;
  /** Elements of a strip. */
  readonly strip: number;
  /** Which element of the directions, or of the matrix, is the first. */
  readonly begin: number;
  readonly inputs: readonly Vector[];
  readonly out?: Vector;
}

export type Work =
  | {
      readonly name: "perturb";
      readonly kind: SeedKind;
      readonly seeds: readonly Term<Seed>[];
      readonly c: number;
    }
  | { readonly name: "along"; readonly kind: SeedKind; readonly seeds: readonly Seed[] }
  | {
      readonly name: "gram";
      readonly kind: SeedKind;
      readonly rows: readonly Seed[];
      readonly others: readonly Seed[];
    }
  | { readonly name: "outer"; readonly rank: number; readonly a: Float32Array; readonly b: Float32Array };

/** Bytes of a staged strip, with room for one that begins 4 bytes late. */
const AREA = 4 * STRIP + 128;
/** Two staged inputs and an output, or an input and sums. */
export const SLOT: number = 3 * AREA;
const OUT = 2;
/** Numbers that the sums of a strip may be. */
export const MOST_SUMS: number = (2 * AREA) / 8;

/** The stage: a shared buffer of slots, and one of them. */
export interface Place {
  readonly stage: SharedArrayBuffer;
  readonly slot: number;
}

/** Where strip `strip` of an input is for threads. */
export function inputPart(task: Task, index: number, strip: number, place?: Place): Float32Array {
  return part(task, task.inputs[index]!, strip, index, place);
}

/** Likewise for what comes out. */
export function outPart(task: Task, strip: number, place?: Place): Float32Array {
  return part(task, task.out!, strip, OUT, place);
}

function part(task: Task, vector: Vector, strip: number, area: number, place?: Place): Float32Array {
  const at = strip * task.strip;
  const n = Math.min(task.strip, task.length - at);
  if (typeof vector !== "number") return vector.subarray(at, at + n);
  return new Float32Array(place!.stage, place!.slot * SLOT + area * AREA + 4 * vector, n);
}

/** How many sums come of a strip. */
export function sumsOf({ work, length, strip: most }: Task, strip: number): number {
  const n = Math.min(most, length - strip * most);
  if (work.name === "along") return work.seeds.length * Math.ceil(n / BLOCK);
  if (work.name !== "gram") return 0;
  const blocks = work.kind === "rademacher" ? 1 : Math.ceil(n / BLOCK);
  return work.rows.length * work.others.length * blocks;
}

export function sumsPart(count: number, { stage, slot }: Place): Float64Array {
  return new Float64Array(stage, slot * SLOT + AREA, count);
}

/** Does one strip of a task: sums where these are asked for. */
export type Workman = (task: Task, strip: number, place?: Place) => Float64Array | undefined;

export function createWorkman(kernels: WasmRanges): Workman {
  const spare = [0, 1, OUT].map(() => new Float32Array(STRIP + 1));
  /**
   * What the kernels are given for a vector that they lay to an even or odd element: where it is shared and lies otherwise, a
   * private one. Engines copy shared memory in words of 8 bytes, but byte by byte where the addresses do not allow that.
   */
  const near = (vector: Float32Array, area: number, element: number): Float32Array => {
    const from = vector.byteOffset / 4;
    if (!(vector.buffer instanceof SharedArrayBuffer) || (from - element) % 2 === 0) return vector;
    return spare[area]!.subarray(from % 2, (from % 2) + vector.length);
  };
  return (task, strip, place) => {
    const { work, inputs, length } = task;
    const at = strip * task.strip;
    const begin = task.begin + at;
    const element = work.name === "perturb" ? begin : 0;
    const [x, stored] = inputs.map((_, area) => {
      const lying = inputPart(task, area, strip, place);
      const nearer = near(lying, area, element);
      if (nearer !== lying) nearer.set(lying);
      return nearer;
    });
    if (work.name === "gram")
      return kernels.gramBlocks(work.kind, at, Math.min(at + task.strip, length), work.rows, work.others);
    if (work.name === "along") return kernels.alongBlocks(work.kind, work.seeds, x!, begin);
    const lying = outPart(task, strip, place);
    const out = near(lying, OUT, element);
    if (work.name === "outer") kernels.outer(out, x!, begin, work.rank, work.a, work.b);
    else kernels.perturb(work.kind, out, x!, begin, work.seeds, stored && [work.c, stored]);
    if (out !== lying) lying.set(out);
    return undefined;
  };
}
