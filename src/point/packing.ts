/** Parameters as the user holds them (one or several arrays, in groups) and as a method sees them: one flat vector. */
import { custom, has, need, positive, type Rules, readOptions, real } from "../option.ts";
import type { DeviceParameters } from "./device.ts";
import { needFinite } from "./finite.ts";
import type { Reals } from "./reals.ts";

/** What holds tensors, such as `Parameters` of "relizo/parameters". */
export interface Tensors extends Iterable<{ readonly shape: readonly number[]; readonly data: Reals }> {
  /** Of the tensors that are optimized: the others are left alone. */
  readonly arrays: readonly Reals[];
}

/** Parameters that share a learning rate and a weight decay. */
export interface ParameterGroup<P = Reals | readonly Reals[] | Tensors> {
  readonly parameters: P;
  /** Default: the optimizer's. */
  lr?: number;
  /** Default: the optimizer's. */
  weightDecay?: number;
}

export type Parameters = ParameterGroup["parameters"] | readonly ParameterGroup[];

/** Arrays, or over a space in a device its buffers. */
export type AnyParameters = Parameters | DeviceParameters | readonly ParameterGroup<DeviceParameters>[];

/** Where one array lies in the flat vector. */
export interface Piece {
  readonly array: Reals;
  readonly begin: number;
  readonly end: number;
}

/** What may be changed of a group between steps. */
export interface Rates {
  lr: number;
  weightDecay: number;
}

/** Where a group lies in the flat vector. */
export interface PackedGroup {
  readonly begin: number;
  readonly end: number;
  readonly rates: Rates;
}

export interface Packing {
  readonly groups: readonly PackedGroup[];
  readonly pieces: readonly Piece[];
  readonly dimension: number;
  /** float32 where every array is, else float64. */
  readonly make: (length: number) => Reals;
}

/**
 * @throws RelizoError OPTION for anything but arrays and groups of them; SHAPE when there is no number, or two arrays share
 *   memory; VALUE when a number is not finite
 */
export function pack(where: string, parameters: AnyParameters, rates: Rates): Packing {
  let dimension = 0;
  const pieces: Piece[] = [];
  const groups = groupsOf(parameters).map((given, i) => {
    const name = `${where}: parameter group ${i}`;
    const rules = { parameters: arraysRule, ...rateRules(rates) };
    const { parameters, ...own } = readOptions<Required<ParameterGroup>>(name, given, rules);
    const begin = dimension;
    for (const array of arraysOf(parameters).filter(isReals)) {
      needFinite(`${name}: parameter `, array);
      const shared = pieces.some((piece) => overlap(piece.array, array));
      need(!shared, "SHAPE", `${name}: parameters must not share memory`, array);
      pieces.push({ array, begin: dimension, end: dimension + array.length });
      dimension += array.length;
    }
    return { begin, end: dimension, rates: own };
  });
  need(dimension > 0, "SHAPE", `${where}: parameters must hold at least one number`, parameters);
  const single = pieces.every(({ array }) => array instanceof Float32Array);
  const make = (length: number): Reals => (single ? new Float32Array(length) : new Float64Array(length));
  return { groups, pieces, dimension, make };
}

/** What the rates of a group may be, and what they are where it leaves them out. */
export const rateRules = ({ lr, weightDecay }: Rates): Rules<Rates> => ({
  lr: positive(lr),
  weightDecay: real(weightDecay, 0, Infinity, "[)"),
});

const arraysRule = custom<ParameterGroup["parameters"]>(
  [],
  "a Float32Array, a Float64Array, a list of them or Parameters",
  (value): value is ParameterGroup["parameters"] => arraysOf(value).every(isReals),
);

/** Of one array, of a list, or of what holds tensors. */
function arraysOf(value: unknown): unknown[] {
  return [has(value, "arrays") ? value.arrays : value].flat();
}

export function isReals(value: unknown): value is Reals {
  return value instanceof Float32Array || value instanceof Float64Array;
}

function overlap(a: Reals, b: Reals): boolean {
  const begins = (u: Reals, v: Reals): boolean => u.byteOffset < v.byteOffset + v.byteLength;
  return a.buffer === b.buffer && begins(a, b) && begins(b, a);
}

/** The groups as given; anything else is one group, for its rule to accept or refuse. */
export function groupsOf(parameters: AnyParameters): readonly object[] {
  const entries = [parameters].flat();
  return entries.some((entry) => has(entry, "parameters")) ? entries : [{ parameters }];
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
