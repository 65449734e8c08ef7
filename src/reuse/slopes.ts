/**
 * The difference form of reuse: an old sample is kept as a slope, the difference of f along its direction where it was
 * taken, and the way x has come since is one row more. Rows stay the directions they were drawn as.
 */
import { positive, readOptions, real, whole } from "../option.ts";
import type { Space } from "../space/space.ts";
import type { Line } from "./carry.ts";
import { border, type History, matrix, principal } from "./history.ts";
import type { Reuse } from "./reuse.ts";

export interface SlopesOptions {
  /** Part of the samples that is not drawn afresh where the last step is known as a secant, 0 to 1; one always is. Default 0.5. */
  readonly part: number;
  /** Slopes that are kept, the latest. Default 12. */
  readonly most: number;
  /**
   * Variance of what curvature adds to all forward differences alike, over that of a gradient's entry, >= 0. Default 0.2. With 0
   * runs end where the gradient and this error, radius / 2 times the trace of the Hessian, are in balance.
   */
  readonly bend: number;
  /** What a turn adds to a slope's ridge: how soon it is trusted less than a fresh one, > 0. Default 1. */
  readonly staleness: number;
}

/**
 * Slopes of earlier iterates, each with a ridge of `staleness` for each turn since, and the last step's secant: what the samples
 * of the value form hold as points near x - s, whose Gram matrix is nearly of rank one, here with rows that are nearly at right angles.
 * Differences of two minibatches are never taken: on another one slopes serve, the secant does not, and all samples are fresh.
 *
 * @returns what `relizo` and `LIZO` take as `reuse`
 * @throws RelizoError OPTION for an unknown option or a value outside its range
 * @cost  `most` rows beside the samples in a system of that size; products of new rows with all others
 * @differs ReLIZO (section 3.3) keeps values at points and moves the points
 */
export function slopes(options: Partial<SlopesOptions> = {}): Reuse {
  const { part, most, bend, staleness } = readOptions<SlopesOptions>("slopes", options, {
    part: real(0.5, 0, 1),
    most: whole(12, 0),
    bend: real(0.2, 0, Infinity, "[)"),
    staleness: positive(1),
  });
  /** Of n samples, those that are fresh beside a secant. */
  const left = (n: number): number => Math.max(n - Math.floor(part * n), 1);
  return {
    elsewhere: ({ rows, values, ridge = [], gram }) => {
      const still = keys(ridge).filter((i) => ridge[i]! > 0);
      return {
        rows: still.map((i) => rows[i]!),
        values: still.map((i) => values[i]!),
        ridge: still.map((i) => ridge[i]!),
        gram: principal(gram, rows.length, still),
      };
    },
    fresh: (n, { ridge = [] }) => (ridge.includes(0) ? left(n) : n),
    noise({ rows, ridge = [] }) {
      const m = rows.length;
      const isPoint = (i: number): boolean => ridge[i] === 0;
      return matrix(m, (i, j) => (i === j ? (ridge[i] ?? 0) : 0) + (isPoint(i) || isPoint(j) ? 0 : bend));
    },
    remember<V>(space: Space<V>, samples: History<V>, line: Line<V>, value: number, n: number): History<V> {
      const { rows, values, ridge = [], gram } = samples;
      const fresh = keys(rows).slice(ridge.length);
      const keep = [...fresh, ...keys(ridge).filter((i) => ridge[i]! > 0)].slice(0, most);
      const kept = {
        rows: keep.map((i) => rows[i]!),
        values: keep.map((i) => (i < ridge.length ? values[i]! : values[i]! - value)),
        ridge: keep.map((i) => (ridge[i] ?? 0) + staleness),
        gram: principal(gram, rows.length, keep),
      };
      if (!line.point || left(n) + 1 >= space.dimension) return kept; // as for `lastPoint`
      const c = line.t - line.point.length;
      const crosses = space.gram(kept.rows, [line.q]).map((product) => c * product);
      return {
        rows: [...kept.rows, space.combine([[c, line.q]])],
        values: [...kept.values, line.point.value],
        ridge: [...kept.ridge, 0],
        gram: border(kept.gram, keep.length, crosses, Float64Array.of(c * c * line.square), 1),
      };
    },
  };
}

const keys = (list: readonly unknown[]): number[] => [...list.keys()];
