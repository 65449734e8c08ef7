/** Parameters as the user holds them (one or several arrays, in groups) and as a method sees them: one flat vector. */
import { RelizoError } from "../error.ts";
import type { Reals } from "../kernel/kernels.ts";
import { show } from "../option.ts";

/** Parameters that share a learning rate and a weight decay. */
export interface ParameterGroup {
  readonly parameters: Reals | readonly Reals[];
  /** Default: the optimizer's. */
  lr?: number;
  /** Default: the optimizer's. */
  weightDecay?: number;
}

export type Parameters = Reals | readonly Reals[] | readonly ParameterGroup[];

/** Where one array lies in the flat vector. */
export interface Piece {
  readonly array: Reals;
  readonly begin: number;
  readonly end: number;
}

/** A group with all its fields, its arrays placed. `lr` and `weightDecay` may be changed between steps. */
export interface PackedGroup {
  readonly pieces: readonly Piece[];
  readonly begin: number;
  readonly end: number;
  lr: number;
  weightDecay: number;
}

export interface Packing {
  readonly groups: readonly PackedGroup[];
  readonly pieces: readonly Piece[];
  readonly dimension: number;
  /** float32 where every array is, else float64. */
  readonly make: (length: number) => Reals;
}

/**
 * @throws RelizoError SHAPE when there is no parameter, one is not a Float32Array or Float64Array, or one is given twice
 */
export function pack(where: string, parameters: Parameters, lr: number, weightDecay: number): Packing {
  let at = 0;
  const seen = new Set<Reals>();
  const groups = groupsOf(where, parameters).map((group) => {
    const begin = at;
    const arrays = isReals(group.parameters) ? [group.parameters] : group.parameters;
    const pieces = arrays.map((array) => {
      if (!isReals(array))
        throw new RelizoError(
          "SHAPE",
          `${where}: parameters must be Float32Array or Float64Array, got ${show(array)}.`,
        );
      if (seen.has(array))
        throw new RelizoError("SHAPE", `${where}: the same array is given as a parameter twice.`);
      seen.add(array);
      at += array.length;
      return { array, begin: at - array.length, end: at };
    });
    return { pieces, begin, end: at, lr: group.lr ?? lr, weightDecay: group.weightDecay ?? weightDecay };
  });
  if (at === 0)
    throw new RelizoError("SHAPE", `${where}: parameters must hold at least one number, got none.`);
  const pieces = groups.flatMap((group) => group.pieces);
  const single = pieces.every(({ array }) => array instanceof Float32Array);
  const make = (length: number): Reals => (single ? new Float32Array(length) : new Float64Array(length));
  for (const { array, begin } of pieces) {
    const bad = array.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new RelizoError(
        "VALUE",
        `${where}: parameter ${begin + bad} must be a finite number, got ${array[bad]}.`,
      );
  }
  return { groups, pieces, dimension: at, make };
}

export function isReals(value: unknown): value is Reals {
  return value instanceof Float32Array || value instanceof Float64Array;
}

function groupsOf(where: string, parameters: Parameters): readonly ParameterGroup[] {
  if (isReals(parameters)) return [{ parameters }];
  if (!Array.isArray(parameters))
    throw new RelizoError(
      "SHAPE",
      `${where}: parameters must be a Float32Array, a Float64Array, a list of them or a list of groups, got ${show(parameters)}.`,
    );
  const list: readonly (Reals | ParameterGroup)[] = parameters;
  if (list.every((entry): entry is ParameterGroup => !isReals(entry) && isGroup(entry))) return list;
  const arrays = list.filter(isReals);
  if (arrays.length < list.length)
    throw new RelizoError(
      "SHAPE",
      `${where}: parameters must be all arrays or all groups { parameters, lr, weightDecay }; entry ${list.findIndex((entry) => !isReals(entry))} is ${show(list.find((entry) => !isReals(entry)))}.`,
    );
  return [{ parameters: arrays }];
}

const GROUP_KEYS = ["parameters", "lr", "weightDecay"];

function isGroup(entry: unknown): boolean {
  if (typeof entry !== "object" || entry === null || !("parameters" in entry)) return false;
  const stray = Object.keys(entry).find((key) => !GROUP_KEYS.includes(key));
  if (stray !== undefined)
    throw new RelizoError(
      "OPTION",
      `parameter group: unknown option "${stray}"; the options are ${GROUP_KEYS.join(", ")}.`,
    );
  return true;
}

/** parameters <- flat. */
export function unpack(flat: Reals, pieces: readonly Piece[]): void {
  for (const { array, begin, end } of pieces) array.set(flat.subarray(begin, end));
}

/** flat <- parameters; true where some number differs from what `flat` held. */
export function gather(flat: Reals, pieces: readonly Piece[]): boolean {
  let changed = false;
  for (const { array, begin } of pieces) {
    for (let i = 0; i < array.length && !changed; i++) changed = flat[begin + i] !== array[i];
    flat.set(array, begin);
  }
  return changed;
}
