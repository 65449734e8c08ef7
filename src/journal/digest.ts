/** Short names of long things: the points of a round, the values of a run, a vector. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Task } from "../evaluate/task.ts";
import { jsSeeds } from "../kernel/js/seeds.ts";
import type { Reals } from "../kernel/kernels.ts";
import { toBytes } from "./float64.ts";

/** The candidates of one round as a whole number below 2^53 that other candidates have by accident only. */
export type StampOf<C> = (tasks: readonly Task<C>[]) => number;

/** Of points, bit by bit: one pass over them, without a cryptographic claim. */
export function stampPoints(tasks: readonly Task[]): number {
  return stampNumbers(Float64Array.from(tasks, ({ candidate }) => stampNumbers(candidate)));
}

/** Of the bits of numbers. */
export function stampNumbers(x: Float64Array): number {
  return jsSeeds.stamp(new Float32Array(x.buffer, x.byteOffset, 2 * x.length));
}

/** sha256 of the bytes of vectors, one after the other, in hex. */
export function hashOf(...vectors: readonly Reals[]): string {
  const hash = sha256.create();
  for (const x of vectors) hash.update(new Uint8Array(x.buffer, x.byteOffset, x.byteLength));
  return bytesToHex(hash.digest());
}

/** sha256 over the rounds of a run: of each its minibatch, how many values it has, and their bits. */
export class TrajectoryHash {
  readonly #hash = sha256.create();

  add(batch: number, values: Float64Array): void {
    const line = new Float64Array(2 + values.length);
    line[0] = batch;
    line[1] = values.length;
    line.set(values, 2);
    this.#hash.update(toBytes(line));
  }

  /** Of the rounds so far, in hex. */
  hex(): string {
    return bytesToHex(this.#hash.clone().digest());
  }
}

/** The same of rounds that are all at hand. */
export function trajectoryOf(
  rounds: Iterable<{ readonly batch: number; readonly values: Float64Array }>,
): string {
  const hash = new TrajectoryHash();
  for (const { batch, values } of rounds) hash.add(batch, values);
  return hash.hex();
}
