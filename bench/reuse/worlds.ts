/** Where a walk moves: rows of numbers or recipes of seeds, x in float64 or float32. */

import { loadWasm, type SeedKernels } from "../../src/kernel/index.ts";
import { jsKernels } from "../../src/kernel/js/index.ts";
import type { Reals } from "../../src/kernel/kernels.ts";
import { denseSpace } from "../../src/space/dense.ts";
import type { Iterate } from "../../src/space/iterate.ts";
import { type Recipe, sum } from "../../src/space/seeded.ts";
import { elementwise } from "../../src/space/seeded-directions.ts";
import { writing } from "../../src/space/seeded-iterate.ts";
import { seededWorld } from "../../src/space/seeded-world.ts";
import type { Space } from "../../src/space/space.ts";

export type Precision = "float64" | "float32";

export interface World<V> {
  readonly space: Space<V>;
  readonly iterate: Pick<Iterate<V>, "place" | "restore" | "move">;
  /** The parameters, displaced or not. */
  readonly x: Reals;
  readonly settle: (state: object) => void;
}

const makers = {
  float64: (d: number): Reals => new Float64Array(d),
  float32: (d: number): Reals => new Float32Array(d),
};

export function denseWorld(start: readonly number[], precision: Precision): World<Reals> {
  const make = makers[precision];
  const [x, here] = [make(start.length), make(start.length)];
  x.set(start);
  here.set(start);
  return {
    x,
    space: denseSpace(start.length, make, false),
    iterate: {
      place: (terms) => jsKernels.perturb(x, here, terms),
      restore: () => x.set(here),
      move(terms) {
        jsKernels.perturb(here, here, terms);
        x.set(here);
        return true;
      },
    },
    settle: () => {},
  };
}

const kernels: SeedKernels = await loadWasm();

/** In float64, what seeds add to x is drawn in float32 and added in float64: kernels write float32 alone. */
export function seedsWorld(start: readonly number[], precision: Precision): World<Recipe> {
  const d = start.length;
  const array = Float32Array.from(start);
  const directions = elementwise("gaussian", d, kernels);
  const world = seededWorld([{ array, begin: 0 }], directions, true);
  if (precision === "float32") return { ...world, x: array };
  const [x, here] = [Float64Array.from(start), Float64Array.from(start)];
  const added = (terms: readonly (readonly [number, Recipe])[]): Float32Array => {
    const out = new Float32Array(d);
    writing(directions, sum(terms)).add(out, out, 0);
    return out;
  };
  const add = (out: Float64Array, terms: readonly (readonly [number, Recipe])[]): void => {
    const step = added(terms);
    for (let i = 0; i < d; i++) out[i] = here[i]! + step[i]!;
  };
  return {
    space: world.space,
    settle: world.settle,
    x,
    iterate: {
      place: (terms) => add(x, terms),
      restore: () => x.set(here),
      move(terms) {
        add(here, terms);
        x.set(here);
        return true;
      },
    },
  };
}
