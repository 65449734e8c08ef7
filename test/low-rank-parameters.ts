/** Parameters of every shape that low-rank directions tell apart, one tensor of them frozen. */
import { Parameters } from "../src/parameters/index.ts";

/** A vector, matrices tall and wide, one of three dimensions, and one with a side not longer than the rank; in the order of their names. */
export const SHAPES = {
  bias: [30],
  convolution: [10, 4, 3],
  dense: [40, 30],
  frozen: [9, 9],
  thin: [2, 20],
} as const;

export function parameters(): Parameters {
  const made = Parameters.zeros(SHAPES).freeze("frozen");
  for (const array of made.arrays) array.set(array.map((_, i) => 0.1 * Math.sin(i)));
  return made;
}

/** All that moves, in one array. */
export const flat = ({ arrays }: Parameters): Float32Array =>
  Float32Array.from(arrays.flatMap((array) => [...array]));
