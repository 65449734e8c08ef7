/** Parameters that move in place, and an objective of sums and products alone. */
export const parameters: Float32Array = Float32Array.from(
  { length: 20_000 },
  (_, i) => ((i * 37) % 101) / 500 - 0.1,
);

export function objective(x: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (1 + (i % 3)) * (x[i]! - 0.05) * (x[i]! - 0.05);
  return sum;
}
