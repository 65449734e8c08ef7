/** Products of 16 directions of a million elements, against those of the directions written out, summed in float64. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { jsSeeds } from "../../src/kernel/index.ts";
import type { Seed, SeedKind } from "../../src/kernel/seeds.ts";
import { gamma } from "../expect-close.ts";
import { backends } from "./backends.ts";

const D = 1_000_000;
const SEEDS = Array.from({ length: 16 }, (_, row): Seed => [7, 0, 3, row]);

/** Rows written out, their products, and the products of their absolute values. */
function written(kind: SeedKind): { readonly products: Float64Array; readonly sizes: Float64Array } {
  const rows = SEEDS.map((seed) => {
    const z = new Float32Array(D);
    jsSeeds.perturb(kind, z, z, 0, [[1, seed]]);
    return z;
  });
  const [products, sizes] = [new Float64Array(256), new Float64Array(256)];
  rows.forEach((a, i) => {
    rows.slice(i).forEach((b, k) => {
      let [sum, size] = [0, 0];
      for (let e = 0; e < D; e++) {
        const product = a[e]! * b[e]!;
        sum += product;
        size += Math.abs(product);
      }
      for (const at of [16 * i + i + k, 16 * (i + k) + i]) [products[at], sizes[at]] = [sum, size];
    });
  });
  return { products, sizes };
}

/** Roundings behind a sum: of ours, one after the other; of the kernels', as their contracts say. */
const OURS = gamma(D, 2 ** -53);
const HOST = gamma(1024 / 4 + 2 + D / 1024, 2 ** -53);
const DEVICE = gamma(161, 2 ** -23) + gamma(D / 4096, 2 ** -53);

for (const kind of ["rademacher", "gaussian"] as const) {
  const { products, sizes } = written(kind);
  for (const { name, host, device, skip } of await backends())
    test(`${name}, ${kind}: 16 seeds, ${D} elements`, { skip }, async () => {
      const found = host ? host.gram(kind, D, SEEDS, SEEDS) : await device!.gram(kind, D, SEEDS, SEEDS);
      const bound = kind === "rademacher" ? 0 : OURS + (host ? HOST : DEVICE);
      for (let k = 0; k < 256; k++) {
        const error = Math.abs(found[k]! - products[k]!);
        assert.ok(error <= bound * sizes[k]!, `product ${k}: ${found[k]} for ${products[k]}`);
      }
    });
}
