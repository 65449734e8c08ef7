/** Where else to look: random directions, the same for the same seed, step and row, whatever the precision. */
import { jsKernels } from "../kernel/js/index.ts";
import type { Reals } from "../kernel/kernels.ts";
import { normalTable } from "../kernel/random/normal-table.ts";
import { fillWords } from "../kernel/random/threefry.ts";
import { need } from "../option.ts";
import { orthonormalize } from "./orthogonal.ts";
import { eachWord, keyOf, type Stream } from "./stream.ts";

export const DIRECTIONS = ["gaussian", "sphere", "rademacher", "orthogonal", "coordinate"] as const;

/**
 * - `gaussian`: independent standard normal entries; E|z|^2 = d.
 * - `sphere`: uniform on the sphere of radius sqrt(d).
 * - `rademacher`: entries -1 or +1; |z| = sqrt(d) exactly.
 * - `orthogonal`: gaussian rows made orthogonal to each other (and to `against`), |z| = sqrt(d).
 * - `coordinate`: distinct coordinate axes with random sign, |z| = sqrt(d).
 *
 * All have the same mean square length d, so that one smoothing radius means one thing.
 */
export type Directions = (typeof DIRECTIONS)[number];

/** How directions are drawn: of which kind, times which scale, and (orthogonal ones) at right angles to what else. */
export interface Drawing<V> {
  readonly kind: Directions;
  /** Every direction is multiplied by this: the smoothing radius, or 1. */
  readonly scale: number;
  readonly against?: readonly V[];
}

/**
 * Fills the rows with random directions.
 *
 * @param rows     vectors of one length d, overwritten
 * @param stream   seed and step; row i of the stream fills rows[i]
 * @throws RelizoError SHAPE when more orthogonal or coordinate rows are asked for than there are dimensions
 */
export function fillDirections(rows: readonly Reals[], stream: Stream, drawing: Drawing<Reals>): void {
  const { kind, scale, against = [] } = drawing;
  const d = rows[0]?.length ?? 0;
  const most = kind === "orthogonal" ? d - against.length : kind === "coordinate" ? d : Infinity;
  need(rows.length <= most, "SHAPE", `${kind} directions must be at most ${most}`, rows.length);
  if (kind === "coordinate") {
    axes(rows, stream, scale);
    return;
  }
  const fill = kind === "rademacher" ? signs : normals;
  rows.forEach((row, i) => {
    fill(row, stream, i, scale);
  });
  if (kind === "orthogonal") orthonormalize(against, rows);
  if (kind === "sphere" || kind === "orthogonal") for (const row of rows) lengthen(row, scale * Math.sqrt(d));
}

/**
 * scale times the table; element 2 j of a row takes the low half of word j, element 2 j + 1 the high half. A row of odd
 * length has no place for the last number, and leaves it.
 */
function normals(row: Reals, stream: Stream, index: number, scale: number): void {
  const table = normalTable();
  eachWord(keyOf(stream, index), row.length, 2, (words, begin, count) => {
    lookUp(row, begin, count / 2, words, table, scale);
  });
}

function lookUp(
  row: Reals,
  begin: number,
  count: number,
  words: Int32Array,
  table: Float32Array,
  scale: number,
): void {
  for (let i = 0, at = begin; i < count; i++, at += 2) {
    const word = words[i]!;
    row[at] = scale * table[word & 0xffff]!;
    row[at + 1] = scale * table[word >>> 16]!;
  }
}

/** Element 32 j + b of a row is +scale where bit b of word j is 0, and -scale where it is 1. */
function signs(row: Reals, stream: Stream, index: number, scale: number): void {
  eachWord(keyOf(stream, index), row.length, 32, (words, begin, count) => {
    for (let i = 0; i < count; i++) row[begin + i] = scale - 2 * scale * ((words[i >> 5]! >>> (i & 31)) & 1);
  });
}

function lengthen(row: Reals, length: number): void {
  jsKernels.combine(row, [[length / Math.sqrt(jsKernels.dot(row, row)), row]]); // no entry of the table is 0
}

/** Distinct axes by a partial Fisher-Yates shuffle that remembers only the entries it moved. */
function axes(rows: readonly Reals[], stream: Stream, scale: number): void {
  const moved = new Map<number, number>();
  const pair = new Int32Array(4);
  rows.forEach((row, i) => {
    const d = row.length;
    fillWords(pair, keyOf(stream, i), 0, 2);
    const at = i + Math.floor(((pair[0]! >>> 0) / 2 ** 32) * (d - i));
    const axis = moved.get(at) ?? at;
    moved.set(at, moved.get(i) ?? i);
    row.fill(0);
    row[axis] = (pair[1]! < 0 ? scale : -scale) * Math.sqrt(d);
  });
}
