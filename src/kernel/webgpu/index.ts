/**
 * Seeded directions on a GPU, by WebGPU. Vectors are buffers of the device and stay there; calls submit work and return at
 * once, and only those that give numbers are waited for.
 */
import { type Rules, readOptions } from "../../option.ts";
import type { Term } from "../kernels.ts";
import { normalTable } from "../random/normal-table.ts";
import type { Seed, SeedKind } from "../seeds.ts";
import { Engine } from "./engine.ts";
import { deviceRule, type GpuDevice } from "./gpu.ts";
import { clear, copy, download, free, make, upload } from "./memory.ts";
import { openDevice } from "./open.ts";
import { outer } from "./outer.ts";
import { perturb } from "./perturb.ts";
import { along, dot, finite, gram, same } from "./sums.ts";
import type { DevicePart, DeviceVector } from "./vector.ts";

export type { DevicePart, DeviceVector } from "./vector.ts";

export interface WebgpuOptions {
  /** A device to share, which `close` leaves as it is. Default: one of their own, with all the buffers that the adapter allows. */
  readonly device: GpuDevice | null;
}

/**
 * What `SeedKernels` do, over vectors in a device's memory. The directions are the same, every bit of them. Sums are float32,
 * each rounded up or down, and a product may be fused with the sum that it joins: with n rounded operations behind it, a sum
 * errs by gamma(n, 2^-23) times the sum of its terms' absolute values, and by what numbers below 2^-126 amount to, which a
 * driver may take for 0. Drivers may also take it for granted that nothing overflows: `finite` looks at bits.
 *
 * Calls take effect in the order in which they are made, between whatever else the device's queue is given. Where one fails
 * in the device, all that wait are rejected, and every later one throws: RelizoError BACKEND. What it should have written nobody
 * knows then; close these kernels and load others.
 */
export interface DeviceSeeds {
  readonly backend: "webgpu";
  readonly device: GpuDevice;
  /** What computes, in its driver's words; empty for a device of the caller's. */
  readonly adapter: string;
  /** How many buffers these kernels made and did not destroy yet. */
  readonly live: number;
  /** A vector of zeros, in as many buffers as the device's limits ask for. */
  vector(length: number, begin?: number): DeviceVector;
  /** Destroys the buffers of a vector that `vector` made, when the work submitted before is done. */
  free(v: DeviceVector): void;
  /** The parts of v, one behind the other, take these numbers. */
  upload(v: DeviceVector, values: Float32Array): void;
  /** The numbers of the parts of v, one part behind the other. */
  download(v: DeviceVector): Promise<Float32Array>;
  /** out <- x, those elements that out has. */
  copy(out: DeviceVector, x: DeviceVector): void;
  /** v <- 0. */
  clear(v: DeviceVector): void;
  /**
   * out <- x + c s + sum of c_k z_k, in this order, those elements that out has; the coefficients are rounded to float32
   * first. `out` may be `x` or s. Two operations a term: the bound for n = 2 + 2 seeds.length.
   *
   * @param stored  c and s
   * @cost  one pass over memory, 4 bytes an element to read and 4 to write, and every direction drawn once; a block of out
   *   comes from the nearest cache again for every 4 seeds
   */
  perturb(
    kind: SeedKind,
    out: DeviceVector,
    x: DeviceVector,
    seeds: readonly Term<Seed>[],
    stored?: Term<DeviceVector>,
  ): void;
  /**
   * out <- x + sum over k of a_k b_k^T, in this order, those elements that out has, of a matrix whose rows lie one behind the
   * other from element `begin` on. `out` may be `x`. Two operations a term: the bound for n = 2 rank.
   *
   * @param rank  how many a_k and b_k there are: 1 or more
   * @param a  all a_k, one behind the other: as many numbers each as the matrix has rows; in a buffer that out has no part in
   * @param b  likewise, as many each as it has columns
   * @throws RelizoError SHAPE for an element that is none of the matrix's
   * @cost  one pass over memory, 4 bytes an element to read and 4 to write, and 2 rank operations an element
   */
  outer(out: DeviceVector, x: DeviceVector, begin: number, rank: number, a: DevicePart, b: DevicePart): void;
  /**
   * All products <z_i, z_j> over elements [0, d), row-major, rows.length x others.length. Integers, exact, for rademacher.
   * For gaussian float32 sums of 4096 elements, added in float64: the bound for n = 161, and gamma(d / 4096, 2^-53) beside it.
   *
   * @cost  a direction is drawn once for every 8 of the other list; the same list twice costs half the products
   */
  gram(kind: SeedKind, d: number, rows: readonly Seed[], others: readonly Seed[]): Promise<Float64Array>;
  /** sum over the elements i of v of z[i] v[i] for each seed, summed as gaussian products are: the bound for n = 81. */
  along(kind: SeedKind, seeds: readonly Seed[], v: DeviceVector): Promise<Float64Array>;
  /** <a, b> over the elements of a, summed likewise: the bound for n = 81. */
  dot(a: DeviceVector, b: DeviceVector): Promise<number>;
  /** Whether no element is NaN or infinite. */
  finite(v: DeviceVector): Promise<boolean>;
  /** Whether the elements of a have the same bits in b. */
  same(a: DeviceVector, b: DeviceVector): Promise<boolean>;
  /** Resolves when all that was submitted is done. */
  done(): Promise<void>;
  /** Destroys every buffer made here, vectors too, and the device unless it is the caller's. */
  close(): void;
}

const rules: Rules<WebgpuOptions> = {
  device: deviceRule,
};

/**
 * @throws RelizoError BACKEND without WebGPU, an adapter or a device, with what is missing and what to do about it; OPTION
 *   for an unknown option or a device that is none
 */
export async function loadWebgpu(options: Partial<WebgpuOptions> = {}): Promise<DeviceSeeds> {
  const { device: given } = readOptions("loadWebgpu", options, rules);
  const { device, adapter } = given ? { device: given, adapter: "" } : await openDevice();
  const engine = new Engine(device, !given, normalTable);
  return {
    backend: "webgpu",
    device,
    adapter,
    get live() {
      return engine.live;
    },
    vector: (length, begin = 0) => make(engine, length, begin),
    free: (v) => free(engine, v),
    upload: (v, values) => upload(engine, v, values),
    download: (v) => download(engine, v),
    copy: (out, x) => copy(engine, out, x),
    clear: (v) => clear(engine, v),
    perturb: (kind, out, x, seeds, stored) => perturb(engine, kind, out, x, seeds, stored),
    outer: (out, x, begin, rank, a, b) => outer(engine, out, x, begin, rank, a, b),
    gram: (kind, d, rows, others) => gram(engine, kind, d, rows, others),
    along: (kind, seeds, v) => along(engine, kind, seeds, v),
    dot: (a, b) => dot(engine, a, b),
    finite: (v) => finite(engine, v),
    same: (a, b) => same(engine, a, b),
    done: () => engine.done(),
    close: () => engine.close(),
  };
}
