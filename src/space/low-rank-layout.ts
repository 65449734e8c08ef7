/** Which tensors are matrices to directions of low rank, and where each tensor's numbers lie in the random streams. */
import { type Seed, stir } from "../kernel/seeds.ts";

export interface LowRankOptions {
  /** r, 1 or more. */
  readonly rank: number;
  /** Steps that share V, 1 or more: all their directions have the same. */
  readonly lazy: number;
}

/** One array of the parameters. */
export interface Shaped {
  readonly array: { readonly length: number };
  /** Which element of a direction belongs to its first. */
  readonly begin: number;
  /** Without one it is a vector. */
  readonly shape?: readonly number[] | undefined;
}

/** Elements [begin, end) of a direction. */
interface Range {
  readonly begin: number;
  readonly end: number;
}

/** A tensor whose entries are drawn each by itself, from number `at` of a seed's stream on. */
export interface Vector extends Range {
  readonly at: number;
}

/** A tensor as rows by columns: U from number `u` of a seed's stream on, V from number `v` of its own. */
export interface Matrix extends Range {
  readonly rows: number;
  readonly columns: number;
  readonly u: number;
  readonly v: number;
}

export interface Layout {
  readonly dimension: number;
  /** In the order of their elements. */
  readonly tensors: readonly (Vector | Matrix)[];
  /** Numbers of all vectors together: they come first in a seed's stream. */
  readonly plain: number;
}

/** A tensor is a matrix, of its first dimension by all others, where both sides are longer than the rank. */
export function layOut(parts: readonly Shaped[], rank: number): Layout {
  const ranges = parts.map(({ array, begin, shape = [] }) => {
    const rows = shape[0] ?? 0;
    const columns = rows > 0 ? array.length / rows : 0;
    return { begin, end: begin + array.length, rows, columns, isVector: Math.min(rows, columns) <= rank };
  });
  const plain = ranges.reduce((sum, { begin, end, isVector }) => sum + (isVector ? end - begin : 0), 0);
  const next = { at: 0, u: plain, v: 0 };
  const tensors = ranges.map(({ begin, end, rows, columns, isVector }): Vector | Matrix => {
    const { at, u, v } = next;
    if (isVector) next.at += end - begin;
    else {
      next.u += rank * rows;
      next.v += rank * columns;
    }
    return isVector ? { begin, end, at } : { begin, end, rows, columns, u, v };
  });
  return { dimension: ranges.at(-1)?.end ?? 0, tensors, plain };
}

/** The same for the same layout: a direction of one seed is another in other matrices. Short, however many there are. */
export function layoutInWords(parts: readonly Shaped[], rank: number): string {
  const words: (string | number)[] = [];
  for (const tensor of layOut(parts, rank).tensors) {
    const before = words.at(-1) ?? "";
    if (isMatrix(tensor)) words.push(`${tensor.rows}x${tensor.columns}`);
    else if (typeof before === "string") words.push(tensor.end - tensor.begin);
    else words.splice(-1, 1, before + tensor.end - tensor.begin);
  }
  const text = words.join(", ");
  if (text.length <= SHORT) return text;
  const sum = [...text].reduce((h, letter) => stir(h, letter.charCodeAt(0)), 0) >>> 0;
  return `${text.slice(0, SHORT)}... of sum ${sum.toString(16)}`;
}

const SHORT = 60;

export interface Period {
  /** Where V is drawn from: no direction has this key, since a seed is below 2^53. */
  readonly key: Seed;
  /** Which of the seeds have this V. */
  readonly members: readonly number[];
}

/** The seeds by their V, in the order they first come: seed and step / lazy tell it, whatever the row. */
export function periodsOf(seeds: readonly Seed[], lazy: number): Period[] {
  const found = new Map<string, { readonly key: Seed; readonly members: number[] }>();
  seeds.forEach(([low, high, step], i) => {
    const key: Seed = [low, high + 2 ** 31, Math.floor(step / lazy), 0];
    const period = found.get(key.join()) ?? { key, members: [] };
    period.members.push(i);
    found.set(key.join(), period);
  });
  return [...found.values()];
}

export const isMatrix = (tensor: Vector | Matrix): tensor is Matrix => "rows" in tensor;
export const isVector = (tensor: Vector | Matrix): tensor is Vector => !isMatrix(tensor);
