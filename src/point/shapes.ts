/** The shapes of parameters that have some. */
import { has } from "../option.ts";
import type { Tensors } from "./packing.ts";

type Shape = readonly number[];

/** The shape of each tensor in these parameters, whatever groups they come in, by its array. */
export function shapesOf(parameters: unknown): ReadonlyMap<unknown, Shape> {
  const groups: readonly unknown[] = [parameters].flat();
  return new Map(
    groups
      .map((group) => (has(group, "parameters") ? group.parameters : group))
      .filter(holdsTensors)
      .flatMap((tensors) => Array.from(tensors, ({ data, shape }): [unknown, Shape] => [data, shape])),
  );
}

function holdsTensors(value: unknown): value is Tensors {
  return has(value, "arrays") && Symbol.iterator in value;
}
