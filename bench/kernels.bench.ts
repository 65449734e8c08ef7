/**
 * What touches d numbers, each against the loop one would write first: products, combinations, displaced points, random
 * directions. Rows are float32, sums float64, at the sizes of an attack, an architecture search and a fine-tuning.
 */
import { jsKernels } from "../src/kernel/js/index.ts";
import type { Reals, Term } from "../src/kernel/kernels.ts";
import { normalTable } from "../src/kernel/random/normal-table.ts";
import { threefry } from "../src/kernel/random/threefry.ts";
import { fillDirections } from "../src/sample/directions.ts";
import { reflectOrthonormal } from "../src/sample/householder.ts";
import { orthonormalize } from "../src/sample/orthogonal.ts";
import { keyOf } from "../src/sample/stream.ts";
import { compare, machine } from "./compare.ts";

const SIZES = [
  [20, 3_072],
  [8, 100_000],
  [8, 1_000_000],
] as const;
/** Roundoff of what is stored. */
const SINGLE = 2 ** -24;

function gaussian(m: number, d: number): Float32Array[] {
  const rows = Array.from({ length: m }, () => new Float32Array(d));
  fillDirections(rows, { seed: 42, step: 0 }, { kind: "gaussian", scale: 1 });
  return rows;
}

function plainGram(rows: readonly Reals[]): Float64Array {
  return Float64Array.from({ length: rows.length ** 2 }, (_, at) => {
    const a = rows[Math.floor(at / rows.length)]!;
    const b = rows[at % rows.length]!;
    let sum = 0;
    for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
    return sum;
  });
}

function plainCombine(out: Reals, terms: readonly Term<Reals>[]): void {
  for (let k = 0; k < out.length; k++) {
    let sum = 0;
    for (const [c, v] of terms) sum += c * v[k]!;
    out[k] = sum;
  }
}

function plainPerturb(out: Reals, x: Reals, c: number, v: Reals): void {
  for (let k = 0; k < out.length; k++) out[k] = x[k]! + c * v[k]!;
}

/** The definition of the random stream: block by block, round by round. */
function plainNormals(row: Reals, index: number): void {
  const key = keyOf({ seed: 42, step: 0 }, index);
  const table = normalTable();
  for (let k = 0; k < row.length; k += 8)
    threefry(key, [k / 8, 0, 0, 0]).forEach((word, j) => {
      row[k + 2 * j] = table[word & 0xffff]!;
      row[k + 2 * j + 1] = table[word >>> 16]!;
    });
}

console.log(machine());
for (const [m, d] of SIZES) {
  const rows = gaussian(m, d);
  const x = gaussian(1, d)[0]!;
  const out = new Float32Array(d);
  const terms = rows.map((row, i): Term<Reals> => [Math.cos(i), row]);
  const size = `${m} x ${d}`;

  // A sum of d products in float64, in any order, errs by about sqrt(d) 2^-53; the largest of A is a row's square, about d.
  await compare(`gram ${size}`, {
    variants: { "one pair at a time": () => plainGram(rows), js: () => jsKernels.gram(rows, rows) },
    within: 8 * Math.sqrt(d) * 2 ** -53,
    flops: m * (m + 1) * d,
  });

  const combined = (run: (out: Reals, terms: readonly Term<Reals>[]) => void) => () => {
    run(out, terms);
    return out;
  };
  // One rounding to float32 each; sums that differ by 2^-53 may round to neighbours.
  await compare(`combine ${size}`, {
    variants: { "one number at a time": combined(plainCombine), js: combined(jsKernels.combine) },
    within: 2 * SINGLE,
    flops: 2 * m * d,
  });

  const perturbed = (run: (row: Reals) => void) => () => {
    rows.forEach(run);
    return out;
  };
  await compare(`perturb, each of ${size}`, {
    variants: {
      "one number at a time": perturbed((row) => plainPerturb(out, x, 1e-3, row)),
      js: perturbed((row) => jsKernels.perturb(out, x, [[1e-3, row]])),
    },
    within: 0,
    flops: 2 * m * d,
  });

  const drawn = Array.from({ length: m }, () => new Float32Array(d));
  const last = drawn.at(-1)!;
  await compare(`gaussian directions ${size}`, {
    variants: {
      definition: () => {
        drawn.forEach(plainNormals);
        return last;
      },
      js: () => {
        fillDirections(drawn, { seed: 42, step: 0 }, { kind: "gaussian", scale: 1 });
        return last;
      },
    },
    within: 0,
  });

  const from = (run: (fixed: readonly Reals[], rows: readonly Reals[]) => void) => () => {
    drawn.forEach((row, i) => {
      row.set(rows[i]!);
    });
    run([], drawn);
    return last;
  };
  // Each of m reflections rounds an entry, all of them below 1, to float32; the largest is about 4 / sqrt(d) of that.
  await compare(`orthonormal rows ${size}`, {
    variants: { reflections: from(reflectOrthonormal), products: from(orthonormalize) },
    within: m * Math.sqrt(d) * SINGLE,
    flops: 4 * m * m * d,
  });
}
