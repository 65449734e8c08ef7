/** Directions that are drawn again wherever they are needed, by the fastest kernels that work here. */
import { RelizoError } from "../error.ts";
import { jsSeeds } from "../kernel/js/seeds.ts";
import type { Seed, SeedKernels } from "../kernel/seeds.ts";
import { custom, type Rules, readOptions } from "../option.ts";
import { type Seeded, type SeededOptions, seeded } from "./seeded.ts";

export { jsSeeds } from "../kernel/js/seeds.ts";
export type { Seed, SeedKernels, SeedKind } from "../kernel/seeds.ts";
export type { CourseMaker } from "./lizo-options.ts";
export type { Seeded, SeededOptions } from "./seeded.ts";
export type { InPlaceObjective, SeededRunOptions, SeededSolution } from "./seeded-minimize.ts";

export const BACKENDS = ["wasm", "js"] as const;
export type Backend = (typeof BACKENDS)[number];

export interface OpenOptions {
  /** Backends to try, the first that works is taken. Default: wasm, then js. */
  readonly prefer: readonly Backend[];
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

const openRules: Rules<OpenOptions> = {
  prefer: custom<readonly Backend[]>(
    BACKENDS,
    `a list of "${BACKENDS.join('", "')}"`,
    (value): value is readonly Backend[] =>
      Array.isArray(value) && value.length > 0 && value.every((name) => BACKENDS.includes(name)),
  ),
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
  const answers = ({ perturb, gram, along, outer }: SeedKernels): string =>
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
        outer(out, out, 7, 3, x.subarray(30, 60), x.subarray(0, 120));
        return [...out, ...gram(kind, 333, seeds, seeds), ...along(kind, seeds, x, 5)];
      })
      .join();
  if (answers(kernels) !== answers(jsSeeds))
    throw new Error("its numbers differ from those of plain JavaScript.");
}
