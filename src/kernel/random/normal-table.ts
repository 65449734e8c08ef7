/**
 * Normal numbers from 16 random bits each: the bits index a table of 65,536 quantiles, scaled to unit variance.
 * Only operations that IEEE 754 rounds correctly (+ - * / sqrt) make the table, so it is the same on every engine.
 * Support +-4.32; P(|z| > 3) = 0.0027.
 */
const SIZE = 65536;
let table: Float32Array | undefined;

/** The table: entry k is the normal quantile at (k + 1/2) / 65536 over the table's own standard deviation. Made once. */
export function normalTable(): Float32Array {
  if (table) return table;
  const upper = new Float64Array(SIZE / 2);
  let square = 0;
  upper.forEach((_, k) => {
    const q = normalQuantile((k + SIZE / 2 + 0.5) / SIZE, upper[k - 1]);
    upper[k] = q;
    square += (2 * q * q) / SIZE;
  });
  const deviation = Math.sqrt(square);
  table = Float32Array.from({ length: SIZE }, (_, k) => {
    const half = k - SIZE / 2;
    return half < 0 ? -upper[-1 - half]! / deviation : upper[half]! / deviation;
  });
  return table;
}

/**
 * The normal quantile by Newton's method from the middle outwards, where no step goes too far.
 *
 * @param p     1e-6 to 1 - 1e-6
 * @param from  where to start: the absolute value of a quantile nearer to the middle
 * @returns q to about 1e-16 / density(q) and the rounding of p, times the largest term of the series, 1e4 at |q| = 4.3
 * @source Abramowitz, Stegun, "Handbook of Mathematical Functions", 26.2.10, the series of P(q) - 1/2
 */
export function normalQuantile(p: number, from: number = 0): number {
  const half = Math.abs(p - 0.5) / 0.3989422804014327; // over the density at 0
  let q = from;
  for (let step = 1; step > 1e-10; ) {
    // density(q) / density(0) = sum of u_n, half = q sum of u_n / (2 n + 1), u_n = (-q^2 / 2)^n / n!
    let density = 0;
    let sum = 0;
    for (let n = 0, u = 1; Math.abs(u) > 1e-20; u *= (-q * q) / (2 * ++n)) {
      density += u;
      sum += u / (2 * n + 1);
    }
    step = (half - q * sum) / density;
    q += step;
  }
  return p < 0.5 ? -q : q;
}
