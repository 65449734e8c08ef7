/** GPU buffers in groups that share a learning rate and a weight decay. */
import { custom, readOptions } from "../option.ts";
import { type DevicePiece, packDevice } from "./device.ts";
import {
  type AnyParameters,
  groupsOf,
  type PackedGroup,
  type ParameterGroup,
  type Rates,
  rateRules,
} from "./packing.ts";

export interface DevicePacking {
  readonly groups: readonly PackedGroup[];
  readonly pieces: readonly DevicePiece[];
  readonly dimension: number;
}

/** @throws RelizoError as `packDevice`; OPTION for a group with unknown or impossible rates */
export function packDeviceGroups(where: string, parameters: AnyParameters, rates: Rates): DevicePacking {
  const anything = custom<unknown>([], "GPU buffers", (_): _ is unknown => true); // `packDevice` looks at them
  const given = groupsOf(parameters).map((group, i) => {
    const rules = { parameters: anything, ...rateRules(rates) };
    const { parameters, ...own } = readOptions<Required<ParameterGroup<unknown>>>(
      `${where}: parameter group ${i}`,
      group,
      rules,
    );
    return { tensors: [parameters].flat(), rates: own };
  });
  const pieces = packDevice(
    where,
    given.flatMap(({ tensors }) => tensors),
  );
  let [count, begin] = [0, 0];
  const groups = given.map(({ tensors, rates }) => {
    const first = begin;
    for (const { length } of pieces.slice(count, count + tensors.length)) begin += length;
    count += tensors.length;
    return { begin: first, end: begin, rates };
  });
  return { groups, pieces, dimension: begin };
}
