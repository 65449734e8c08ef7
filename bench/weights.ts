/** Numbers as those of a trained layer, 0.02 to either side of 0 evenly; made with no vector beside them. */
export function weights(d: number): Float32Array {
  const x = new Float32Array(d);
  for (let i = 0; i < d; i++) x[i] = weight(i);
  return x;
}

export const weight = (i: number): number => 0.04 * ((i * 0.6180339887498949) % 1) - 0.02;
