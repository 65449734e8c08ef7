/** Directions from seeds, over the caller's own float32 arrays: for `LIZO`, and for `minimize` in place. */
import type { SeedKernels } from "../kernel/seeds.ts";
import { flag, need, type Rules, readOptions } from "../option.ts";
import { type Packing, pack } from "../point/packing.ts";
import { shapesOf } from "../point/shapes.ts";
import { adjoining } from "../space/adjoining.ts";
import { lowRank } from "../space/low-rank.ts";
import { type Replica, replica } from "../space/replica.ts";
import type { SeededDirections } from "../space/seeded-directions.ts";
import { elementwise } from "../space/seeded-directions.ts";
import type { Part } from "../space/seeded-iterate.ts";
import { seededWorld } from "../space/seeded-world.ts";
import type { HostParameters } from "./device.ts";
import { type DirectionOptions, directionRules, kindOf, needOwn } from "./direction-options.ts";
import { lizoCourse } from "./lizo-course.ts";
import type { OtherSpace } from "./other-space.ts";
import { freshSeeds, refuseDense, shapeSeeds } from "./seeded-course.ts";
import {
  type InPlaceObjective,
  minimizeInPlace,
  type SeededRunOptions,
  type SeededSolution,
  type SharedObjective,
} from "./seeded-minimize.ts";

export interface SeededOptions extends DirectionOptions {
  /**
   * Keep a copy of the parameters, 4 bytes for each (default). false: they are restored in place, in no memory but 8 bytes
   * for each that rounding would lose; a query then draws its direction three times.
   */
  readonly copy: boolean;
}

/**
 * Directions from seeds: what `LIZO` takes as its `space`, and `minimize` for parameters in place. To `LIZO`, weight decay or
 * several groups cost one vector as long as the parameters, and at most one more for each sample reused.
 */
export interface Seeded extends OtherSpace {
  /**
   * Minimizes f over float32 parameters, which move: they are displaced while f is asked, and at the last iterate in the end.
   *
   * @param f  the objective at the parameters as they stand, which it gets as they were given; else as for `minimize` from "relizo"
   * @param parameters  one array or several, or a `Parameters`, whose frozen tensors stay; of finite numbers
   * @param options  as for `minimize`, without bounds; the method one of relizo, zo-sgd, prgf and mezo
   * @throws RelizoError for parameters, options or a method that cannot be, before a query is spent
   */
  minimize<P extends HostParameters>(
    f: InPlaceObjective<P> | SharedObjective<P>,
    parameters: P,
    options?: SeededRunOptions,
  ): Promise<SeededSolution<P>>;
  /**
   * The same parameters a second time, elsewhere: bit for bit what those of a run are, whose updates it is told.
   *
   * @param parameters  like those of the run, with their numbers at its start; or later ones, with the `vectors` of then
   */
  replica(parameters: HostParameters, vectors?: readonly Float32Array[]): Replica;
  /** What directions in these parameters are: those of two runs are the same where this is. */
  kind(parameters: HostParameters): string;
}

interface LaidOut {
  readonly parts: readonly Part[];
  /** The same where groups do not matter. */
  readonly all: readonly Part[];
  readonly drawn: SeededDirections;
  readonly kind: string;
}

const packed = (where: string, parameters: HostParameters): Packing =>
  pack(where, [{ parameters }], { lr: 1, weightDecay: 0 });

const seededRules: Rules<SeededOptions> = {
  ...directionRules,
  copy: flag(true),
};

/** @throws RelizoError OPTION for an unknown option or a value outside its range */
export function seeded(kernels: SeedKernels, options: Partial<SeededOptions>): Seeded {
  const { copy, ...drawing } = readOptions("seeded", options, seededRules);
  const { directions } = drawing;
  needOwn(options);
  const layOut = (where: string, parameters: unknown, { pieces, dimension }: Packing): LaidOut => {
    const shapes = shapesOf(parameters);
    const parts = pieces.map(({ array, begin }) => {
      need(array instanceof Float32Array, "OPTION", `${where} needs parameters in Float32Array`, array);
      return { array, begin, shape: shapes.get(array) };
    });
    const drawn =
      directions === "low-rank"
        ? lowRank(parts, drawing, kernels)
        : elementwise(directions, dimension, kernels);
    const all = directions === "low-rank" ? parts : adjoining(parts);
    return { parts, all, drawn, kind: kindOf(drawing, parts) };
  };
  return {
    async minimize(f, parameters, own = {}) {
      const where = "seeded().minimize";
      const { all, drawn, kind } = layOut(where, parameters, packed(where, parameters));
      const updated = typeof f === "function" ? undefined : f?.updated;
      return minimizeInPlace(f, parameters, { ...seededWorld(all, drawn, copy, updated), kind }, own);
    },
    replica(parameters, vectors) {
      const where = "seeded().replica";
      const { all, drawn } = layOut(where, parameters, packed(where, parameters));
      return replica(all, drawn, vectors);
    },
    kind: (parameters) => layOut("seeded().kind", parameters, packed("seeded().kind", parameters)).kind,
    course(parameters, lizo) {
      const where = "LIZO: space seeded()";
      const packing = pack("LIZO", parameters, lizo);
      const { groups, dimension } = packing;
      refuseDense(where, lizo);
      const { parts, drawn, kind } = layOut(where, parameters, packing);
      const { space, iterate, settle, writeOut } = seededWorld(parts, drawn, copy);
      return lizoCourse(
        {
          ...iterate,
          space,
          settle,
          kind,
          model: { constructor: Float32Array, byteLength: 4 * dimension },
          fresh: freshSeeds(space, lizo),
          shape: shapeSeeds(groups, space, writeOut),
        },
        packing,
        lizo,
      );
    },
  };
}
