/**
 * Seeded directions in WebAssembly SIMD. Vectors stay where they are: a block of them at a time is laid into the module's
 * memory, worked on there by `assembly/seeds.ts`, and taken out again, all within reach of the nearest caches.
 */
import { RelizoError } from "../../error.ts";
import type { Term } from "../kernels.ts";
import { normalTable } from "../random/normal-table.ts";
import { BLOCK, foldStamp, LANES, type Seed, type SeedKernels, type SeedKind } from "../seeds.ts";
import { BINARY } from "./binary.ts";

/** Elements of a vector that are laid into the memory at once, and taken out: from 1 MB on, engines write without reading first. */
const STRIP = 262144;
/** Elements of a block of four random words, the unit in which a direction can be entered. */
const UNIT = { rademacher: 128, gaussian: 8 } as const;
/** Elements that may be drawn beyond the last one. */
const BEYOND = 63;
/** Elements that are drawn at once, read and written beyond the end too. */
const RUN = 1024;
/** Elements of vectors that are only read. */
const STAGE = 16384;
/** Seeds that a memory with a vector in it has room for. */
const MOST_SEEDS = 1024;
/** Numbers of factors that a memory with a vector in it has room for. */
const FACTORS = 262144;
/** Bytes after every row: rows a power of two apart would share the sets of a cache. */
const GAP = 128;
/** Bytes that a WebAssembly memory grows by. */
const PAGE = 65536;

/** What threads share calls out with: ranges of elements, and sums that are not yet added, so that they can be in order. */
export interface WasmRanges extends Pick<SeedKernels, "perturb" | "outer"> {
  /**
   * What each block adds to `gram`, block after block, over elements [begin, end) of it: blocks of BLOCK elements for
   * gaussian, of 32 BLOCK for rademacher, begin a multiple of that. Where rows are others, the lower triangle alone.
   */
  gramBlocks(
    kind: SeedKind,
    begin: number,
    end: number,
    rows: readonly Seed[],
    others: readonly Seed[],
  ): Float64Array;
  /** What each block of BLOCK elements adds to `along`. */
  alongBlocks(kind: SeedKind, seeds: readonly Seed[], v: Float32Array, begin: number): Float64Array;
}

export interface WasmSeeds extends SeedKernels, WasmRanges {}

/**
 * Compiles the module, which takes some milliseconds. The kernels of each call have a memory of their own: 0.4 MB, and
 * about 10 kB for every seed of the longest lists so far.
 *
 * @throws RelizoError BACKEND where WebAssembly with SIMD is missing or forbidden
 */
export async function loadWasm(): Promise<WasmSeeds> {
  const { memory, module } = await instantiate().catch(refuse);
  const ranges = rangesIn(memory);
  /** Memories with a vector in each, by the buffer that the vector is a part of. */
  const homes = new WeakMap<ArrayBufferLike, Memory>();
  return {
    ...ranges,
    backend: "wasm",
    vector: (length) => vector(module, homes, length),
    perturb(kind, out, x, begin, seeds, stored) {
      const home =
        stored || seeds.length === 0 || seeds.length > MOST_SEEDS ? undefined : homes.get(x.buffer);
      if (home) perturbAtHome(home, kind, out, x, begin, seeds);
      else ranges.perturb(kind, out, x, begin, seeds, stored);
    },
    gram(kind, d, rows, others) {
      const out = gram(memory, kind, 0, d, rows, others, false);
      if (rows === others) mirror(out, rows.length);
      return out;
    },
    along: (kind, seeds, v, begin) => along(memory, kind, seeds, v, begin, false),
    outer(out, x, begin, rank, a, b) {
      const columns = b.length / rank;
      const home = rank * (STRIP / columns + 2 + columns) > FACTORS ? undefined : homes.get(x.buffer);
      outer(home ?? memory, out, x, begin, rank, a, b);
    },
    differences: (a, b, out) => differences(homes.get(b.buffer) ?? memory, a, b, out),
    stamp: (x) => stamp(memory, x),
  };
}

/** What a thread loads: it makes no vectors, and its errors are told by another. */
export async function loadRanges(): Promise<WasmRanges> {
  return rangesIn((await instantiate()).memory);
}

function rangesIn(memory: Memory): WasmRanges {
  return {
    perturb: (kind, out, x, begin, seeds, stored) => perturb(memory, kind, out, x, begin, seeds, stored),
    outer: (out, x, begin, rank, a, b) => outer(memory, out, x, begin, rank, a, b),
    gramBlocks: (kind, begin, end, rows, others) => gram(memory, kind, begin, end, rows, others, true),
    alongBlocks: (kind, seeds, v, begin) => along(memory, kind, seeds, v, begin, true),
  };
}

async function instantiate(): Promise<{ memory: Memory; module: WebAssembly.Module }> {
  const binary = Uint8Array.from(atob(BINARY), (character) => character.charCodeAt(0));
  const { instance, module } = await WebAssembly.instantiate(binary);
  return { memory: new Memory(assemblyOf(instance)), module };
}

function refuse(cause: unknown): never {
  const said = cause instanceof Error ? cause.message : String(cause);
  throw new RelizoError(
    "BACKEND",
    `loadWasm: this engine refuses the WebAssembly module: ${said}. It takes an engine with SIMD (Node 16.4, Chrome 91, Firefox 89, Safari 16.4 or later) and, in a page with a content security policy, script-src 'wasm-unsafe-eval'. jsSeeds gives the same numbers without.`,
    { cause },
  );
}

function assemblyOf({ exports }: WebAssembly.Instance): Assembly {
  if (isAssembly(exports)) return exports;
  throw new TypeError("its exports are not those of assembly/seeds.ts");
}

/** A vector in a memory of its own, which never grows again: the vector would be lost. A plain one where that does not pay, or fails. */
function vector(
  module: WebAssembly.Module,
  homes: WeakMap<ArrayBufferLike, Memory>,
  length: number,
): Float32Array {
  if (length >= STRIP)
    try {
      const home = new Memory(assemblyOf(new WebAssembly.Instance(module)));
      home.clear();
      home.seeds(new Array<Seed>(MOST_SEEDS).fill([0, 0, 0, 0]));
      home.room(4 * (STRIP + FACTORS + RUN));
      const at = home.room(4 * (length + RUN));
      const { buffer } = home.wasm.memory;
      homes.set(buffer, home);
      return new Float32Array(buffer, at, length);
    } catch {
      // too long for a memory, or an engine that makes no instance at once
    }
  return new Float32Array(length);
}

/** `perturb` without a stored vector, for an x that lies in this memory. */
function perturbAtHome(
  home: Memory,
  kind: SeedKind,
  out: Float32Array,
  x: Float32Array,
  begin: number,
  seeds: readonly Term<Seed>[],
): void {
  const add = kind === "rademacher" ? home.wasm.perturbSigns : home.wasm.perturbNormals;
  home.clear();
  const seedsAt = home.terms(seeds);
  const strip = home.room(4 * STRIP);
  const skipped = begin % UNIT[kind];
  for (let at = -skipped; at < x.length; at += STRIP) {
    const [from, to] = [Math.max(at, 0), Math.min(at + STRIP, x.length)];
    add(strip, x.byteOffset + 4 * at, to - at, seedsAt, seeds.length, (begin + at) / UNIT[kind]);
    home.takeFloats(out.subarray(from, to), strip + 4 * (from - at));
  }
}

function perturb(
  memory: Memory,
  kind: SeedKind,
  out: Float32Array,
  x: Float32Array,
  begin: number,
  seeds: readonly Term<Seed>[],
  stored?: Term<Float32Array>,
): void {
  const { wasm } = memory;
  const add = kind === "rademacher" ? wasm.perturbSigns : wasm.perturbNormals;
  memory.clear();
  const seedsAt = memory.terms(seeds);
  const skipped = begin % UNIT[kind];
  const strip = Math.min(STRIP, RUN * Math.ceil((skipped + x.length) / RUN));
  const xAt = memory.room(4 * strip);
  const sAt = memory.room(stored ? 4 * strip : 0);
  for (let at = -skipped; at < x.length; at += strip) {
    const [from, to] = [Math.max(at, 0), Math.min(at + strip, x.length)];
    memory.putFloats(xAt + 4 * (from - at), x.subarray(from, to));
    if (stored) {
      memory.putFloats(sAt + 4 * (from - at), stored[1].subarray(from, to));
      wasm.perturb(xAt, to - at, stored[0], sAt);
    }
    add(xAt, xAt, to - at, seedsAt, seeds.length, (begin + at) / UNIT[kind]);
    memory.takeFloats(out.subarray(from, to), xAt + 4 * (from - at));
  }
}

/** The lower triangle where rows are others; all blocks in one sum, or each by itself where they are to stay `apart`. */
function gram(
  memory: Memory,
  kind: SeedKind,
  begin: number,
  end: number,
  rows: readonly Seed[],
  others: readonly Seed[],
  apart: boolean,
): Float64Array {
  const { wasm } = memory;
  const symmetric = rows === others;
  const seeds = symmetric ? rows : [...rows, ...others];
  const signs = kind === "rademacher";
  const block = signs ? 32 * BLOCK : BLOCK;
  const stride = (signs ? 4 : 8) * BLOCK + GAP;
  memory.clear();
  const seedsAt = memory.seeds(seeds);
  const width = rows.length * others.length;
  const count = width * (apart ? Math.ceil((end - begin) / block) : 1);
  const sumsAt = memory.zeros(count);
  const z = memory.room(seeds.length * stride);
  const right = symmetric ? z : z + rows.length * stride;
  for (let at = begin, outAt = sumsAt; at < end; at += block) {
    const n = Math.min(block, end - at);
    const first = at / UNIT[kind];
    if (signs) {
      wasm.drawWords(z, stride, Math.ceil(n / 32), seedsAt, seeds.length, first);
      if (n % 64 > 0) for (let k = 0; k < seeds.length; k++) memory.clearBits(z + k * stride, n);
      wasm.addAgreements(outAt, z, rows.length, right, others.length, n, stride, symmetric);
    } else {
      wasm.drawNormals(z, stride, n, seedsAt, seeds.length, first);
      wasm.addProducts(outAt, z, rows.length, right, others.length, n, stride, symmetric);
    }
    if (apart) outAt += 8 * width;
  }
  return memory.doubles(sumsAt, count).slice();
}

/** The upper triangle from the lower one. */
export function mirror(products: Float64Array, width: number): void {
  for (let i = 0; i < width; i++)
    for (let j = 0; j < i; j++) products[j * width + i] = products[i * width + j]!;
}

function along(
  memory: Memory,
  kind: SeedKind,
  seeds: readonly Seed[],
  v: Float32Array,
  begin: number,
  apart: boolean,
): Float64Array {
  const { wasm } = memory;
  const draw = kind === "rademacher" ? wasm.drawSigns : wasm.drawNormals;
  const stride = 8 * (UNIT[kind] + BLOCK + BEYOND) + GAP;
  memory.clear();
  const seedsAt = memory.seeds(seeds);
  const count = seeds.length * (apart ? Math.ceil(v.length / BLOCK) : 1);
  const sumsAt = memory.zeros(count);
  const vAt = memory.room(4 * BLOCK);
  const wideAt = memory.room(8 * BLOCK);
  const z = memory.room(seeds.length * stride);
  const skipped = begin % UNIT[kind]; // a block is a whole number of units: the same everywhere
  for (let at = 0, outAt = sumsAt; at < v.length; at += BLOCK) {
    const n = Math.min(BLOCK, v.length - at);
    memory.putFloats(vAt, v.subarray(at, at + n));
    wasm.widen(wideAt, vAt, n);
    draw(z, stride, skipped + n, seedsAt, seeds.length, (begin - skipped + at) / UNIT[kind]);
    wasm.addProducts(outAt, z + 8 * skipped, seeds.length, wideAt, 1, n, stride, false);
    if (apart) outAt += 8 * seeds.length;
  }
  return memory.doubles(sumsAt, count).slice();
}

function outer(
  memory: Memory,
  out: Float32Array,
  x: Float32Array,
  begin: number,
  rank: number,
  a: Float32Array,
  b: Float32Array,
): void {
  const atHome = x.buffer === memory.wasm.memory.buffer;
  const columns = b.length / rank;
  const isWide = columns > STRIP; // then a part of one row at a time
  const strip = Math.min(STRIP, x.length);
  const most = isWide ? 1 : Math.ceil(strip / columns) + 1;
  memory.clear();
  const staged = memory.room(4 * strip);
  const [aAt, bAt] = [memory.room(4 * rank * most), memory.room(4 * rank * Math.min(columns, STRIP))];
  if (!isWide) memory.putFloats(bAt, b);
  for (let at = 0, end = 0; at < x.length; at = end) {
    const row = Math.floor((begin + at) / columns);
    const column = begin + at - row * columns;
    end = Math.min(at + strip, isWide ? at + columns - column : Infinity, x.length);
    const high = Math.ceil((column + end - at) / columns);
    memory.putParts(aAt, a, rank, row, high);
    if (isWide) memory.putParts(bAt, b, rank, column, end - at);
    if (!atHome) memory.putFloats(staged, x.subarray(at, end));
    const from = atHome ? x.byteOffset + 4 * at : staged;
    const [first, wide] = isWide ? [0, end - at] : [column, columns];
    memory.wasm.outer(staged, from, end - at, first, wide, aAt, high, bAt, rank);
    memory.takeFloats(out.subarray(at, end), staged);
  }
}

/** Whether all bits are the same, at once where the engine compares bytes; else false. */
function alike(a: Float32Array, b: Float32Array): boolean {
  const { Buffer } = globalThis; // of Node alone
  const bytes = (v: Float32Array): Uint8Array => new Uint8Array(v.buffer, v.byteOffset, v.byteLength);
  return Buffer !== undefined && Buffer.compare(bytes(a), bytes(b)) === 0;
}

function differences(memory: Memory, a: Float32Array, b: Float32Array, out: Uint32Array): number {
  if (alike(a, b)) return 0;
  const atHome = b.buffer === memory.wasm.memory.buffer;
  memory.clear();
  const [aAt, staged, found] = [memory.room(4 * STAGE), memory.room(4 * STAGE), memory.room(4 * STAGE + 4)];
  let count = 0;
  for (let at = 0; at < a.length && count < out.length; at += STAGE) {
    memory.putFloats(aAt, a.subarray(at, at + STAGE));
    if (!atHome) memory.putFloats(staged, b.subarray(at, at + STAGE));
    const bAt = atHome ? b.byteOffset + 4 * at : staged;
    const end = memory.wasm.differences(aAt, bAt, Math.min(STAGE, a.length - at), found, at);
    if (end === found) continue;
    const indices = new Uint32Array(memory.wasm.memory.buffer, found, (end - found) / 4);
    out.set(indices.subarray(0, out.length - count), count);
    count = Math.min(count + indices.length, out.length);
  }
  return count;
}

function stamp(memory: Memory, x: Float32Array): number {
  memory.clear();
  const [lanes, xAt] = [memory.zeros(LANES / 2), memory.room(4 * STAGE)];
  for (let at = 0; at < x.length; at += STAGE) {
    memory.putFloats(xAt, x.subarray(at, at + STAGE));
    memory.wasm.stamp(lanes, xAt, Math.min(STAGE, x.length - at));
  }
  return foldStamp(new Int32Array(memory.wasm.memory.buffer, lanes, LANES));
}

/** The module's memory: room for one call after another, and views that are made anew when it grows. */
class Memory {
  readonly wasm: Assembly;
  #end = 0;
  #floats = new Float32Array();
  #words = new Int32Array();

  constructor(wasm: Assembly) {
    this.wasm = wasm;
    this.clear();
    this.room(0);
    this.putFloats(wasm.TABLE.value, normalTable());
  }

  /** All that had room before is up for others. */
  clear(): void {
    this.#end = this.wasm.FREE.value;
  }

  /** The address of so many bytes, a multiple of 16. */
  room(bytes: number): number {
    const { memory } = this.wasm;
    const at = this.#end;
    this.#end += 16 * Math.ceil(bytes / 16);
    const missing = Math.ceil((this.#end - memory.buffer.byteLength) / PAGE);
    if (missing > 0) memory.grow(missing);
    if (this.#floats.buffer !== memory.buffer) {
      this.#floats = new Float32Array(memory.buffer);
      this.#words = new Int32Array(memory.buffer);
    }
    return at;
  }

  terms(terms: readonly Term<Seed>[]): number {
    return this.seeds(
      terms.map(([, seed]) => seed),
      terms.map(([c]) => c),
    );
  }

  /** The address of these seeds, each with its coefficient. */
  seeds(seeds: readonly Seed[], coefficients: readonly number[] = []): number {
    const bytes = this.wasm.SEED.value;
    const at = this.room(seeds.length * bytes);
    seeds.forEach((seed, k) => {
      const place = (at + k * bytes) / 4;
      this.#words.set(seed, place);
      this.#floats[place + seed.length] = coefficients[k] ?? 0;
    });
    return at;
  }

  /** The address of so many float64 zeros. */
  zeros(count: number): number {
    const at = this.room(8 * count);
    this.doubles(at, count).fill(0);
    return at;
  }

  doubles(at: number, count: number): Float64Array {
    return new Float64Array(this.wasm.memory.buffer, at, count);
  }

  putFloats(at: number, from: Float32Array): void {
    this.#floats.set(from, at / 4);
  }

  /** Of each of `count` vectors that lie one behind the other, elements [begin, begin + length). */
  putParts(at: number, from: Float32Array, count: number, begin: number, length: number): void {
    const stride = from.length / count;
    for (let k = 0; k < count; k++)
      this.putFloats(at + 4 * k * length, from.subarray(k * stride + begin, k * stride + begin + length));
  }

  takeFloats(to: Float32Array, at: number): void {
    to.set(this.#floats.subarray(at / 4, at / 4 + to.length));
  }

  /** Clears the bits from the nth to the end of its pair of words. */
  clearBits(at: number, n: number): void {
    const place = at / 4 + Math.floor(n / 32);
    this.#words[place]! &= (1 << (n % 32)) - 1;
    if (n % 64 < 32) this.#words[place + 1] = 0;
  }
}

/** What `assembly/seeds.ts` exports; addresses and lengths as it says. */
interface Assembly extends Record<string, WebAssembly.ExportValue> {
  readonly memory: WebAssembly.Memory;
  readonly TABLE: WebAssembly.Global<"i32">;
  readonly FREE: WebAssembly.Global<"i32">;
  readonly SEED: WebAssembly.Global<"i32">;
  readonly perturb: (x: number, n: number, c: number, s: number) => void;
  readonly perturbSigns: Perturb;
  readonly perturbNormals: Perturb;
  readonly drawWords: Draw;
  readonly drawSigns: Draw;
  readonly drawNormals: Draw;
  readonly widen: (out: number, x: number, n: number) => void;
  readonly addProducts: Products;
  readonly addAgreements: Products;
  readonly outer: (
    out: number,
    x: number,
    n: number,
    column: number,
    columns: number,
    a: number,
    rows: number,
    b: number,
    rank: number,
  ) => void;
  readonly differences: (a: number, b: number, n: number, out: number, first: number) => number;
  readonly stamp: (words: number, x: number, n: number) => void;
}
type Perturb = (out: number, x: number, n: number, seeds: number, count: number, first: number) => void;
type Draw = (z: number, stride: number, n: number, seeds: number, count: number, first: number) => void;
type Products = (
  out: number,
  a: number,
  rows: number,
  b: number,
  others: number,
  n: number,
  stride: number,
  symmetric: boolean,
) => void;

function isAssembly(exports: WebAssembly.Exports): exports is Assembly {
  return exports.memory instanceof WebAssembly.Memory;
}
