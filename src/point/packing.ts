/** Parameters as the user holds them (one or several arrays, in groups) and as a method sees them: one flat vector. */
import { custom, has, need, positive, readOptions, real } from "../option.ts";
import type { Reals } from "./reals.ts";

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
 * @throws RelizoError OPTION for anything but arrays and groups of them; SHAPE when there is no number, or an array is given
 *   twice; VALUE when a number is not finite
 */
export function pack(where: string, parameters: Parameters, lr: number, weightDecay: number): Packing {
  let at = 0;
  const seen = new Set<Reals>();
  const groups = groupsOf(parameters).map((given) => {
    const group = readOptions<Required<ParameterGroup>>(`${where}: parameter group`, given, {
      parameters: arraysRule,
      lr: positive(lr),
      weightDecay: real(weightDecay, 0, Infinity, "[)"),
    });
    const begin = at;
    const pieces = [group.parameters].flat().map((array: Reals) => {
      const bad = array.findIndex((value) => !Number.isFinite(value));
      need(bad < 0, "VALUE", `${where}: parameter ${at + bad} must be finite`, array[bad]);
      need(!seen.has(array), "SHAPE", `${where}: an array must not be a parameter twice`, array);
      seen.add(array);
      at += array.length;
      return { array, begin: at - array.length, end: at };
    });
    return { pieces, begin, end: at, lr: group.lr, weightDecay: group.weightDecay };
  });
  need(at > 0, "SHAPE", `${where}: parameters must hold at least one number`, parameters);
  const pieces = groups.flatMap((group) => group.pieces);
  const single = pieces.every(({ array }) => array instanceof Float32Array);
  const make = (length: number): Reals => (single ? new Float32Array(length) : new Float64Array(length));
  return { groups, pieces, dimension: at, make };
}

const arraysRule = custom<Reals | readonly Reals[]>(
  [],
  "one or several Float32Array or Float64Array, or groups { parameters, lr, weightDecay } of them",
  (value): value is Reals | readonly Reals[] => [value].flat().every(isReals),
);

function isReals(value: unknown): value is Reals {
  return value instanceof Float32Array || value instanceof Float64Array;
}

/** The groups as given; anything else is one group, for its rule to accept or refuse. */
function groupsOf(parameters: Parameters): readonly ParameterGroup[] {
  const entries: readonly (Reals | ParameterGroup)[] = [parameters].flat();
  const arrays = entries.filter((entry): entry is Reals => !isGroup(entry));
  const groups = entries.filter(isGroup);
  return arrays.length === 0 && groups.length > 0 ? groups : [{ parameters: arrays }, ...groups];
}

function isGroup(entry: Reals | ParameterGroup): entry is ParameterGroup {
  return has(entry, "parameters");
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
