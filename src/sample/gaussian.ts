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
  const upper = Float64Array.from({ length: SIZE / 2 }, (_, k) =>
    normalQuantile((k + SIZE / 2 + 0.5) / SIZE),
  );
  let square = 0;
  for (const q of upper) square += (2 * q * q) / SIZE;
  const deviation = Math.sqrt(square);
  table = new Float32Array(SIZE);
  for (let k = 0; k < SIZE / 2; k++) {
    const q = upper[k]! / deviation;
    table[SIZE / 2 + k] = q;
    table[SIZE / 2 - 1 - k] = -q;
  }
  return table;
}

// Wichura's AS 241 (PPND16), numerator and denominator, highest power first: the centre, then the tail.
const A = [
  2509.0809287301227, 33430.575583588128, 67265.7709270087, 45921.95393154987, 13731.693765509461,
  1971.5909503065514, 133.14166789178438, 3.3871328727963666,
];
const B = [
  5226.495278852855, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751,
  687.1870074920579, 42.31333070160091, 1,
];
const C = [
  7.745450142783414e-4, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
  5.769497221460691, 4.630337846156546, 1.4234371107496835,
];
const D = [
  1.0507500716444169e-9, 5.475938084995345e-4, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
  1.6763848301838038, 2.053191626637759, 1,
];

/**
 * The normal quantile, for e^-25 <= p <= 1 - e^-25.
 *
 * @source Wichura, "Algorithm AS 241", Applied Statistics 37 (1988) 477-484; relative error about 1e-16
 * @differs the logarithm is a series of exactly rounded operations, so that every engine gives the same bits
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * horner(A, r)) / horner(B, r);
  }
  const r = Math.sqrt(-naturalLog(q < 0 ? p : 1 - p)) - 1.6;
  return (Math.sign(q) * horner(C, r)) / horner(D, r);
}

const horner = (coefficients: readonly number[], r: number): number =>
  coefficients.reduce((sum, c) => sum * r + c, 0);

/** ln p for 0 < p < 1: p = m 2^-e with 2/3 <= m <= 4/3, and ln m = 2 artanh((m - 1) / (m + 1)) by its series. */
function naturalLog(p: number): number {
  let m = p;
  let e = 0;
  for (; m < 2 / 3; m *= 2) e++;
  const z = (m - 1) / (m + 1);
  let sum = 0;
  for (let k = 25; k >= 1; k -= 2) sum = sum * z * z + 1 / k;
  return 2 * z * sum - e * Math.LN2;
}
