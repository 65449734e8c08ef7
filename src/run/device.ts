/** Directions from seeds over parameters in a device's memory: for `LIZO`, and for `minimize` in place. */
import type { DeviceSeeds } from "../kernel/webgpu/index.ts";
import { need, readOptions } from "../option.ts";
import { type DeviceParameters, type DevicePiece, packDevice } from "../point/device.ts";
import { packDeviceGroups } from "../point/device-groups.ts";
import { pack, type Tensors } from "../point/packing.ts";
import { shapesOf } from "../point/shapes.ts";
import { deviceElementwise } from "../space/device-directions.ts";
import { deviceLowRank } from "../space/device-low-rank.ts";
import { type DeviceWorld, deviceWorld } from "../space/device-world.ts";
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

/**
 * Directions from seeds, over GPU buffers: what `LIZO` takes as its `space`, and `minimize` for parameters in place. A copy of
 * the parameters is kept in the device, and one or two vectors more where a secant or a momentum is carried on, along directions
 * of low rank three; products of directions and the bits that changed since the last step are all that is read back. Await
 * every step.
 *
 * Weight decay or several groups cost one vector more. A state that is stored and loaded again goes on within rounding, not bit for
 * bit: what was summed up over steps is summed anew. What it knows of decayed or grouped steps it forgets then.
 */
export interface DeviceSeeded extends OtherSpace {
  /**
   * As for `Seeded.minimize`, over GPU buffers. Everything that the run made in the device is destroyed when it ends.
   *
   * @param f  the objective; or it beside who asks it, with a journal: nobody else can follow what moves in this device
   */
  minimize<P extends DeviceParameters>(
    f: InPlaceObjective<P> | SharedObjective<P>,
    parameters: P,
    options?: SeededRunOptions,
  ): Promise<SeededSolution<P>>;
  /** What directions in these parameters are, and that a device draws them: sums there are its own. */
  kind(parameters: DeviceParameters): string;
}

export type HostParameters = Float32Array | readonly Float32Array[] | Tensors;

/** Copies of arrays in a device's memory, in the same order. */
export interface Uploaded {
  /** What was copied: tensors that are not frozen, as they were then, or when they were downloaded last. */
  readonly arrays: readonly Float32Array[];
  /** What `LIZO` and `minimize` take. */
  readonly tensors: readonly DevicePiece[];
  /** The numbers there now go into the arrays here. */
  download(): Promise<void>;
  /** Destroys the copies. */
  free(): void;
}

/**
 * @param worlds  those that are in use, for whoever closes the kernels
 * @throws RelizoError OPTION for an unknown option or a value outside its range
 */
export function deviceSeeded(
  kernels: DeviceSeeds,
  options: Partial<DirectionOptions>,
  worlds: Set<DeviceWorld>,
): DeviceSeeded {
  const drawing = readOptions("seeded", options, directionRules);
  const { directions } = drawing;
  needOwn(options);
  const kindIn = (pieces: readonly DevicePiece[]): string =>
    `${kindOf(
      drawing,
      pieces.map((piece) => ({ ...piece, array: piece })),
    )}, webgpu`;
  const worldOf = (pieces: readonly DevicePiece[]): DeviceWorld => {
    const dimension = pieces.reduce((sum, { length }) => sum + length, 0);
    const drawn =
      directions === "low-rank"
        ? deviceLowRank(pieces, drawing, kernels)
        : deviceElementwise(directions, dimension, kernels);
    const world = deviceWorld(pieces, drawn);
    worlds.add(world);
    return world;
  };
  return {
    async minimize(f, parameters, own = {}) {
      const where = "seeded().minimize";
      const here = typeof f === "function" || (typeof f?.objective === "function" && !f.updated);
      need(here, "OPTION", "minimize: over GPU buffers, the objective must be a function of this thread", f);
      const pieces = packDevice(where, parameters);
      const world = worldOf(pieces);
      try {
        return await minimizeInPlace(f, parameters, { ...world, kind: kindIn(pieces) }, own);
      } finally {
        worlds.delete(world);
        world.close();
      }
    },
    kind: (parameters) => kindIn(packDevice("seeded().kind", parameters)),
    course(parameters, lizo) {
      const where = "LIZO: space seeded() over GPU buffers";
      refuseDense(where, lizo);
      const { pieces, groups, dimension } = packDeviceGroups(where, parameters, lizo);
      const { space, iterate, settle, tell, writeOut, knows } = worldOf(pieces);
      const course = lizoCourse(
        {
          ...iterate,
          space,
          settle,
          tell,
          kind: kindIn(pieces),
          model: { constructor: Float32Array, byteLength: 4 * dimension },
          fresh: freshSeeds(space, lizo),
          shape: shapeSeeds(groups, space, writeOut),
        },
        { groups, dimension },
        lizo,
      );
      const { own, load } = course;
      const start = own.walk;
      return {
        ...course,
        load(state) {
          load(state);
          if (knows(own.walk)) return;
          const { seed, step, value, length } = own.walk;
          own.walk = { ...start, seed, step, value, length };
        },
      };
    },
  };
}

/**
 * @param parameters  float32: arrays, or a `Parameters`, whose frozen tensors stay here
 * @throws RelizoError OPTION, SHAPE or VALUE for anything else
 */
export function upload(kernels: DeviceSeeds, parameters: HostParameters): Uploaded {
  const shapes = shapesOf(parameters);
  const copies = pack("upload", [{ parameters }], { lr: 1, weightDecay: 0 })
    .pieces.map(({ array, begin }) => {
      need(array instanceof Float32Array, "OPTION", "upload: it takes Float32Arrays", array);
      return { array, begin };
    })
    .map(({ array, begin }) => {
      const there = kernels.vector(array.length, begin);
      kernels.upload(there, array);
      return { array, there };
    });
  return {
    arrays: copies.map(({ array }) => array),
    tensors: copies.flatMap(({ array, there }) =>
      // one that takes several buffers is a vector
      there.map((part) => ({ ...part, shape: there.length === 1 ? shapes.get(array) : undefined })),
    ),
    async download() {
      const found = await Promise.all(copies.map(({ there }) => kernels.download(there)));
      copies.forEach(({ array }, i) => {
        array.set(found[i]!);
      });
    },
    free() {
      for (const { there } of copies) kernels.free(there);
    },
  };
}
