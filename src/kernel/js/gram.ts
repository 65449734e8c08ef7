/** Inner products of many long vectors, in float64: what is read once serves as many products as there are registers. */
import type { Reals } from "../kernels.ts";
import { BLOCK } from "./blocks.ts";

/** <a, b> in float64, four running sums: see `Kernels.dot`. */
export function dot(a: Reals, b: Reals): number {
  return dotBlock(a, b, 0, a.length);
}

/** Whether every number is finite: one product tells it of most vectors. */
export function finite(v: Reals): boolean {
  return dot(v, v) < Infinity || v.every(Number.isFinite);
}

/** All products of rows with others, row-major: see `Kernels.gram`. The same list twice costs half. */
export function gram(rows: readonly Reals[], others: readonly Reals[]): Float64Array {
  const width = others.length;
  const out = new Float64Array(rows.length * width);
  const symmetric = rows === others;
  const length = rows[0]?.length ?? 0;
  for (let begin = 0; begin < length; begin += BLOCK) {
    const end = Math.min(begin + BLOCK, length);
    for (let i = 0; i < rows.length; i += 2)
      for (let j = symmetric ? i : 0; j < width; j += 2) tile(out, rows, others, i, j, begin, end);
  }
  if (symmetric)
    for (let i = 0; i < width; i++) for (let j = 0; j < i; j++) out[i * width + j] = out[j * width + i]!;
  return out;
}

/** out[i..i+1][j..j+1] += the products of two rows with two others over [begin, end): four sums. */
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
  if (i + 1 >= rows.length || j + 1 >= width) {
    for (let h = i; h < Math.min(i + 2, rows.length); h++)
      for (let k = j; k < Math.min(j + 2, width); k++)
        out[h * width + k]! += dotBlock(rows[h]!, others[k]!, begin, end);
    return;
  }
  const a = rows[i]!;
  const b = rows[i + 1]!;
  const u = others[j]!;
  const v = others[j + 1]!;
  let au = 0;
  let av = 0;
  let bu = 0;
  let bv = 0;
  for (let k = begin; k < end; k++) {
    const x = u[k]!;
    const y = v[k]!;
    const p = a[k]!;
    const q = b[k]!;
    au += p * x;
    av += p * y;
    bu += q * x;
    bv += q * y;
  }
  const at = i * width + j;
  out[at]! += au;
  out[at + 1]! += av;
  out[at + width]! += bu;
  out[at + width + 1]! += bv;
}

/** <a, b> over [begin, end): four sums, of every fourth element each. */
export function dotBlock(a: Reals, b: Reals, begin: number, end: number): number {
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
