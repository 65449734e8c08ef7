/** Directions that are drawn again wherever they are needed, by the fastest kernels that work here. */
import { RelizoError } from "../error.ts";
import { jsSeeds } from "../kernel/js/seeds.ts";
import type { Seed, SeedKernels, SeedKind } from "../kernel/seeds.ts";
import { custom, flag, has, need, oneOf, type Rules, readOptions } from "../option.ts";
import { type Packing, pack } from "../point/packing.ts";
import { elementwise } from "../space/seeded-directions.ts";
import { type SeededWorld, seededWorld } from "../space/seeded-world.ts";
import { lizoCourse } from "./lizo-course.ts";
import type { CourseMaker } from "./lizo-options.ts";
import {
  type InPlaceObjective,
  minimizeInPlace,
  type SeededRunOptions,
  type SeededSolution,
} from "./seeded-minimize.ts";

export { jsSeeds } from "../kernel/js/seeds.ts";
export type { Seed, SeedKernels, SeedKind } from "../kernel/seeds.ts";
export type { CourseMaker } from "./lizo-options.ts";
export type { InPlaceObjective, SeededRunOptions, SeededSolution } from "./seeded-minimize.ts";

export const BACKENDS = ["wasm", "js"] as const;
export type Backend = (typeof BACKENDS)[number];

export interface OpenOptions {
  /** Backends to try, the first that works is taken. Default: wasm, then js. */
  readonly prefer: readonly Backend[];
}

export interface SeededOptions {
  /** Entries +1 and -1, the cheapest (default), or normal ones. */
  readonly directions: SeedKind;
  /**
   * Keep a copy of the parameters, 4 bytes for each (default). false: they are restored in place, in no memory but 8 bytes
   * for each that rounding would lose; a query then draws its direction three times.
   */
  readonly copy: boolean;
}

/** Kernels that gave the right answers here. */
export interface Kernels {
  readonly backend: Backend;
  /** Why this backend, in a sentence: what was tried before it, and what came of that. */
  readonly why: string;
  readonly seeds: SeedKernels;
  /**
   * What `LIZO` takes as its `space`.
   *
   * @throws RelizoError OPTION for an unknown option or a value outside its range
   */
  seeded(options?: Partial<SeededOptions>): Seeded;
}

/** Directions from seeds: what `LIZO` takes as its `space`, and `minimize` for parameters in place. */
export interface Seeded extends CourseMaker {
  /**
   * Minimizes f over float32 parameters, which move: they are displaced while f is asked, and at the last iterate in the end.
   *
   * @param f  the objective at the parameters as they stand; else as for `minimize` from "relizo"
   * @param parameters  one array or several, of finite numbers
   * @param options  as for `minimize`, without bounds; the method one of relizo, zo-sgd, prgf and mezo
   * @throws RelizoError for parameters, options or a method that cannot be, before a query is spent
   */
  minimize(
    f: InPlaceObjective,
    parameters: Float32Array | readonly Float32Array[],
    options?: SeededRunOptions,
  ): Promise<SeededSolution>;
}

const openRules: Rules<OpenOptions> = {
  prefer: custom<readonly Backend[]>(
    BACKENDS,
    `a list of "${BACKENDS.join('", "')}"`,
    (value): value is readonly Backend[] =>
      Array.isArray(value) && value.length > 0 && value.every((name) => BACKENDS.includes(name)),
  ),
};

const seededRules: Rules<SeededOptions> = {
  directions: oneOf<SeedKind>("rademacher", ["rademacher", "gaussian"]),
  copy: flag(true),
};

/**
 * The first of the preferred backends that loads and computes what the plain one does.
 *
 * @throws RelizoError OPTION for an unknown option or backend; BACKEND where none works, with the reason of each
 */
export async function openKernels(options: Partial<OpenOptions> = {}): Promise<Kernels> {
  const { prefer } = readOptions("openKernels", options, openRules);
  const refused: string[] = [];
  for (const backend of prefer) {
    try {
      const seeds = await load(backend);
      probe(seeds);
      const why = [...refused, `${backend} gives the right answers.`].join(" ");
      return { backend, why, seeds, seeded: (own = {}) => seeded(seeds, own) };
    } catch (error) {
      refused.push(
        `${backend} does not work here: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  throw new RelizoError("BACKEND", `openKernels: ${refused.join(" ")}`);
}

async function load(backend: Backend): Promise<SeedKernels> {
  if (backend === "js") return jsSeeds;
  const { loadWasm } = await import("../kernel/wasm/index.ts"); // a bundle loads it only where it is wanted
  return loadWasm();
}

/** Throws unless the kernels give the bits of the plain ones: a feature that is announced is not yet one that works. */
function probe(kernels: SeedKernels): void {
  const seeds = [0, 1, 2].map((row): Seed => [1, 2, 3, row]);
  const x = Float32Array.from({ length: 333 }, (_, i) => Math.sin(i));
  const answers = ({ perturb, gram, along }: SeedKernels): string =>
    (["rademacher", "gaussian"] as const)
      .flatMap((kind) => {
        const out = new Float32Array(x.length);
        perturb(
          kind,
          out,
          x,
          5,
          seeds.map((seed, i) => [0.1 - i, seed]),
          [3, x],
        );
        return [...out, ...gram(kind, 333, seeds, seeds), ...along(kind, seeds, x, 5)];
      })
      .join();
  if (answers(kernels) !== answers(jsSeeds))
    throw new Error("its numbers differ from those of plain JavaScript.");
}

function seeded(kernels: SeedKernels, options: Partial<SeededOptions>): Seeded {
  const { directions: kind, copy } = readOptions("seeded", options, seededRules);
  const worldOf = (where: string, { pieces, dimension }: Packing): SeededWorld => {
    const parts = pieces.map(({ array, begin }) => {
      need(array instanceof Float32Array, "OPTION", `${where} needs parameters in Float32Array`, array);
      return { array, begin };
    });
    return seededWorld(parts, elementwise(kind, dimension, kernels), copy);
  };
  return {
    async minimize(f, parameters, own = {}) {
      const where = "seeded().minimize";
      const packing = pack(where, parameters, { lr: 1, weightDecay: 0 });
      need(!has(own, "bounds"), "OPTION", `${where} takes no bounds`, has(own, "bounds") && own.bounds);
      return minimizeInPlace(f, worldOf(where, packing), own);
    },
    course(packing, lizo) {
      const { groups, dimension } = packing;
      need(groups.length === 1, "OPTION", `${WHERE} needs one parameter group`, groups.length);
      need(
        lizo.weightDecay === 0 && groups[0]?.rates.weightDecay === 0,
        "OPTION",
        `${WHERE} needs weightDecay 0`,
        lizo.weightDecay,
      );
      need(lizo.noise === null, "OPTION", `${WHERE} needs noise null`, lizo.noise);
      need(
        lizo.compatibility === "corrected",
        "OPTION",
        `${WHERE} needs compatibility "corrected"`,
        lizo.compatibility,
      );
      const { space, iterate, settle } = worldOf(WHERE, packing);
      const { sampleNorm: scale, sampleMomentum } = lizo;
      return lizoCourse(
        {
          ...iterate,
          space,
          settle,
          model: { constructor: Float32Array, byteLength: 4 * dimension },
          fresh: (count, { seed, step, last }) => {
            const rows = space.draw(count, { seed, step }, { kind, scale });
            return last ? rows.map((row) => space.shift(row, [[sampleMomentum * last.t, last.p]])) : rows;
          },
        },
        packing,
        lizo,
      );
    },
  };
}

const WHERE = "LIZO: space seeded()";
