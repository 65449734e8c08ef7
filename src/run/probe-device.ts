/** Whether a device computes: a feature that is announced is not yet one that works. */
import { jsSeeds } from "../kernel/js/seeds.ts";
import type { Seed, SeedKind } from "../kernel/seeds.ts";
import type { DeviceSeeds } from "../kernel/webgpu/index.ts";

const D = 4999;

/** @throws Error where directions have other bits than those of plain JavaScript, or sums are not within their bounds */
export async function probeDevice(kernels: DeviceSeeds): Promise<void> {
  for (const kind of ["rademacher", "gaussian"] as const) await probe(kernels, kind);
  await probeOuter(kernels);
}

async function probeOuter(kernels: DeviceSeeds): Promise<void> {
  const [rows, columns, rank] = [30, 50, 2];
  const factors = [rank * rows, rank * columns].map((length, i) => {
    const here = Float32Array.from({ length }, (_, k) => Math.sin(k + i));
    const there = kernels.vector(length);
    kernels.upload(there, here);
    return { here, there };
  });
  const [a, b] = factors;
  const out = kernels.vector(rows * columns, 7);
  try {
    kernels.outer(out, out, 7, rank, a!.there[0]!, b!.there[0]!);
    const found = await kernels.download(out);
    const exact = new Float32Array(rows * columns);
    jsSeeds.outer(exact, exact, 0, rank, a!.here, b!.here);
    // Two operations a term, each side off by 2^-23 of at most rank numbers below 1, and the reference by less.
    const bound = 2 * 2 * rank * 2 ** -23 * rank;
    if (!found.every((value, i) => Math.abs(value - exact[i]!) <= bound))
      throw new Error("its matrices of low rank are wrong.");
  } finally {
    for (const { there } of [...factors, { there: out }]) kernels.free(there);
  }
}

async function probe(kernels: DeviceSeeds, kind: SeedKind): Promise<void> {
  const seeds = [0, 1, 2].map((row): Seed => [1, 2, 3, row]);
  const here = new Float32Array(D);
  jsSeeds.perturb(kind, here, here, 5, [[1, seeds[0]!]]);
  const there = kernels.vector(D, 5);
  try {
    kernels.perturb(kind, there, there, [[1, seeds[0]!]]);
    const [drawn, products, along] = await Promise.all([
      kernels.download(there),
      kernels.gram(kind, D, seeds, seeds),
      kernels.along(kind, seeds, there),
    ]);
    const same = drawn.every((value, i) => Object.is(value, here[i]));
    const exact = jsSeeds.gram(kind, D, seeds, seeds);
    const sums = jsSeeds.along(kind, seeds, here, 5);
    // Sums of at most 4,096 float32 products each: 161 roundings of 2^-23, of terms that add up to less than 1.01 D.
    const bound = 161 * 2 ** -23 * 1.01 * D;
    const slip = (found: Float64Array, expected: Float64Array): number =>
      Math.max(...found.map((value, i) => Math.abs(value - expected[i]!)));
    const fine = slip(products, exact) <= (kind === "rademacher" ? 0 : bound) && slip(along, sums) <= bound;
    if (!same || !fine) throw new Error(`its ${kind} directions or their sums are wrong.`);
  } finally {
    kernels.free(there);
  }
}
