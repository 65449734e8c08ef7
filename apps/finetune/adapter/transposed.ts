/** A matrix turned over: [a, b] -> [b, a]. */
export function transposed(matrix: {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}): Float32Array {
  const { shape, data } = matrix;
  const [rows = 0, columns = 0] = shape;
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j]!;
  return out;
}
