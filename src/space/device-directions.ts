/** What seeds stand for in a device: how sums of directions are written into vectors there, and what products come back. */
import type { Term } from "../kernel/kernels.ts";
import type { Seed, SeedKind } from "../kernel/seeds.ts";
import type { DeviceSeeds, DeviceVector } from "../kernel/webgpu/index.ts";
import type { Products } from "./seeded.ts";
import { LARGEST } from "./seeded-directions.ts";

export interface DeviceDirections extends Products<DeviceVector> {
  readonly kernels: DeviceSeeds;
  /** No entry of a direction is larger. */
  readonly largest: number;
  /** out <- x + e s + sum of c z, those elements that out has, where e and s are stored; `out` may be `x`. */
  add(out: DeviceVector, x: DeviceVector, terms: readonly Term<Seed>[], stored?: Term<DeviceVector>): void;
}

/** Entries that are drawn each by itself. */
export function deviceElementwise(kind: SeedKind, dimension: number, kernels: DeviceSeeds): DeviceDirections {
  return {
    dimension,
    kernels,
    largest: LARGEST,
    gram: (rows, others) => kernels.gram(kind, dimension, rows, others),
    along: (seeds, v) => kernels.along(kind, seeds, v),
    dot: kernels.dot,
    add: (out, x, terms, stored) => kernels.perturb(kind, out, x, terms, stored),
  };
}

/** Elements [begin, end) of a vector. */
export function partOf(v: DeviceVector, begin: number, end: number): DeviceVector {
  return v.flatMap((part) => {
    const [from, to] = [Math.max(begin, part.begin), Math.min(end, part.begin + part.length)];
    const offset = part.offset + 4 * (from - part.begin);
    return from < to ? [{ buffer: part.buffer, offset, length: to - from, begin: from }] : [];
  });
}
