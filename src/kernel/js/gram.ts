/** Inner products of many long vectors: each block of a row is read once for two rows and two others. */
import type { Reals } from "../kernels.ts";
import { eachBlock } from "./blocks.ts";

/** <a, b> in float64, four running sums: see `Kernels.dot`. */
export function dot(a: Reals, b: Reals): number {
  return dotBlock(a, b, 0, a.length);
}

/** All products of rows with others, row-major: see `Kernels.gram`. The same list twice costs half. */
export function gram(rows: readonly Reals[], others: readonly Reals[]): Float64Array {
  const width = others.length;
  const out = new Float64Array(rows.length * width);
  const symmetric = rows === others;
  eachBlock(rows[0]?.length ?? 0, (begin, end) => {
    for (let i = 0; i < rows.length; i += 2)
      for (let j = symmetric ? i : 0; j < width; j += 2) tile(out, rows, others, i, j, begin, end);
  });
  if (symmetric)
    for (let i = 0; i < width; i++) for (let j = 0; j < i; j++) out[i * width + j] = out[j * width + i]!;
  return out;
}

/** out[i..i+1][j..j+1] += the products over [begin, end). */
function tile(
  out: Float64Array,
  rows: readonly Reals[],
  others: readonly Reals[],
  i: number,
  j: number,
  begin: number,
  end: number,
): void {
  const width = others.length;
  const a = rows[i]!;
  const b = rows[i + 1];
  const u = others[j]!;
  const v = others[j + 1];
  if (b === undefined || v === undefined) {
    out[i * width + j]! += dotBlock(a, u, begin, end);
    if (b !== undefined) out[(i + 1) * width + j]! += dotBlock(b, u, begin, end);
    if (v !== undefined) out[i * width + j + 1]! += dotBlock(a, v, begin, end);
    return;
  }
  let au = 0;
  let av = 0;
  let bu = 0;
  let bv = 0;
  for (let k = begin; k < end; k++) {
    const p = a[k]!;
    const q = b[k]!;
    const r = u[k]!;
    const s = v[k]!;
    au += p * r;
    av += p * s;
    bu += q * r;
    bv += q * s;
  }
  out[i * width + j]! += au;
  out[i * width + j + 1]! += av;
  out[(i + 1) * width + j]! += bu;
  out[(i + 1) * width + j + 1]! += bv;
}

function dotBlock(a: Reals, b: Reals, begin: number, end: number): number {
  let s = 0;
  let t = 0;
  let u = 0;
  let v = 0;
  let k = begin;
  for (; k + 3 < end; k += 4) {
    s += a[k]! * b[k]!;
    t += a[k + 1]! * b[k + 1]!;
    u += a[k + 2]! * b[k + 2]!;
    v += a[k + 3]! * b[k + 3]!;
  }
  for (; k < end; k++) s += a[k]! * b[k]!;
  return s + t + (u + v);
}
