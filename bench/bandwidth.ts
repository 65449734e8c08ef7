/** What memory gives: a copy, and a triad, which no engine turns into anything else. */
import { clocked, type Stopwatch, type Variant } from "./compare.ts";

/** Bytes that one element of a copy moves, and of a triad. */
export const BYTES = { copy: 8, triad: 12 } as const;

/** Elements that one turn of the triad's loop takes: four of SIMD's. */
const TURN = 16;

export interface Triad {
  /** out <- x + c s, once. */
  readonly run: Variant;
  readonly watch: Stopwatch;
}

/** Copies of x, so many in one go. */
export function copies(out: Float32Array, x: Float32Array, count: number): Stopwatch {
  return clocked(() => {
    for (let copy = 0; copy < count; copy++) out.set(x);
  });
}

/**
 * out <- x + c s in WebAssembly SIMD, the three vectors in its memory.
 *
 * @param value  entry i of x; s is x backwards
 * @param goes   how many in one go of the stopwatch
 */
export async function triad(d: number, value: (i: number) => number, goes: number): Promise<Triad> {
  const bytes = 4 * TURN * Math.ceil(d / TURN);
  const memory = new WebAssembly.Memory({ initial: Math.ceil((3 * bytes) / 65536) });
  const [out, x, s] = [0, 1, 2].map((k) => new Float32Array(memory.buffer, k * bytes, d));
  for (let i = 0; i < d; i++) x![i] = s![d - 1 - i] = value(i);
  const { exports } = (await WebAssembly.instantiate(MODULE, { m: { m: memory } })).instance;
  const { t: add } = exports;
  if (typeof add !== "function") throw new TypeError("bandwidth: the module lacks its function");
  const once = (): void => add(0, bytes, 2 * bytes, C, bytes);
  return {
    run: () => {
      once();
      return out!;
    },
    watch: clocked(() => {
      for (let go = 0; go < goes; go++) once();
    }),
  };
}

/** The coefficient c, exact in float32. */
export const C: number = 2 ** -10;

/** A number of WebAssembly's, seven bits to a byte. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}

/** What has its length before it. */
const sized = (...bytes: readonly number[]): number[] => [...leb(bytes.length), ...bytes];
const section = (id: number, ...bytes: readonly number[]): number[] => [id, ...sized(...bytes)];
const get = (local: number): number[] => [0x20, local];

/** The loop: parameters out, x, s, c, end (addresses but for c), and a local with four times c. */
function loop(): number[] {
  const load = (local: number, at: number): number[] => [...get(local), 0xfd, 0x00, 0x04, at];
  const step = (at: number): number[] => [
    ...get(0), // where v128.store puts f32x4.add of x and f32x4.mul of four times c and s
    ...load(1, at),
    ...[...get(5), ...load(2, at), 0xfd, 0xe6, 0x01],
    ...[0xfd, 0xe4, 0x01, 0xfd, 0x0b, 0x04, at],
  ];
  const advance = (local: number): number[] => [...get(local), 0x41, ...[0xc0, 0x00], 0x6a, 0x21, local]; // += 64
  return [
    ...[...get(3), 0xfd, 0x13, 0x21, 5], // f32x4.splat
    ...[0x03, 0x40, ...[0, 16, 32, 48].flatMap(step), ...[0, 1, 2].flatMap(advance)],
    ...[...get(0), ...get(4), 0x49, 0x0d, 0, 0x0b, 0x0b], // again while out < end
  ];
}

/** Types, import of the memory m.m, one function, its export t, its code. */
const MODULE = new Uint8Array([
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, 1, 0x60, 5, 0x7f, 0x7f, 0x7f, 0x7d, 0x7f, 0),
  ...section(2, 1, 1, 0x6d, 1, 0x6d, 2, 0, 0),
  ...section(3, 1, 0),
  ...section(7, 1, 1, 0x74, 0, 0),
  ...section(10, 1, ...sized(1, 1, 0x7b, ...loop())),
]);
