/** The history after a step: which samples still serve, where they lie from the new iterate, and their Gram matrix. */
import type { Space } from "../space/space.ts";
import { border, emptyHistory, type History, nearest, principal, shiftGram } from "./history.ts";

/** The line x - t q that the step went along. */
export interface Line<V> {
  readonly q: V;
  /** <q, q>. */
  readonly square: number;
  /** The step was -t q. */
  readonly t: number;
  /** One more point with a known value, at -length q from the old iterate: where the step came from (length 0), or a trial. */
  readonly point?: { readonly length: number; readonly value: number } | undefined;
}

/** Which samples may serve again. */
export interface Reuse {
  /** Closer than this to the new iterate. */
  readonly within: number;
  /** At most so many. */
  readonly most: number;
  /** Follow the published optimizer's recursion, its safeguard in the denominator included. */
  readonly published: boolean;
}

/** Where the squared distance falls below this part of what it is the difference of, too few digits are left: ask the rows. */
const CANCELLATION = 1e-3;

/**
 * Moves the samples by minus the step, and keeps the nearest of those that `reuse` allows.
 * Gives up the vectors of `samples`; `line.q` stays the caller's.
 *
 * @cost m products with q and O(m^2) for the Gram matrix (O(m^2 d) on the rare step that ends almost at an old sample), and one pass over d
 *   numbers for each sample kept
 */
export function carry<V>(space: Space<V>, samples: History<V>, line: Line<V>, reuse: Reuse): History<V> {
  const { q, square, t, point } = line;
  const { within, most, published } = reuse;
  if (!(within > 0 && most >= 1)) return emptyHistory();
  const along = space.gram(samples.rows, [q]);
  const m = samples.rows.length;
  const c = point?.length ?? 0;
  const crosses = along.map((product) => -c * product);
  const gram = point ? border(samples.gram, m, crosses, Float64Array.of(c * c * square), 1) : samples.gram;
  const alongStep = Array.from(along, (product) => -t * product);
  if (point) alongStep.push(c * t * square);
  const shifted = shiftGram(gram, alongStep, t * t * square);
  const total = alongStep.length;
  const distances = alongStep.map((_, i) => {
    const row = published ? samples.rows[i] : undefined;
    const slip = row ? space.dot(row, row) - gram[i * total + i]! : 0;
    return Math.sqrt(Math.max(shifted[i * total + i]! + slip, 0));
  });
  const keep = nearest(distances, within, most);
  const rows = keep.map((i) => {
    const row = samples.rows[i];
    if (row === undefined) return space.combine([[t - c, q]]);
    return t === 0 ? row : space.shift(row, [[t, q]]);
  });
  const values = keep.map((i) => (i < m ? samples.values[i]! : point!.value));
  if (published) blur(shifted, distances);
  const cancelled = keep.some((i) => {
    const before = gram[i * total + i]! + t * t * square;
    return !(shifted[i * total + i]! > CANCELLATION * before);
  });
  const follows = published || !cancelled;
  return { rows, values, gram: follows ? principal(shifted, total, keep) : space.gram(rows, rows) };
}

/**
 * The published recursion divides by l_i l_j + 1e-16, l = |dx| + 1e-8, where l_i l_j is meant: at |dx| = 1e-5 that is one
 * part in a million off, and later steps inherit it.
 */
function blur(gram: Float64Array, distances: readonly number[]): void {
  const m = distances.length;
  for (let i = 0; i < m; i++)
    for (let j = 0; j < m; j++) {
      const lengths = (distances[i]! + 1e-8) * (distances[j]! + 1e-8);
      gram[i * m + j]! *= lengths / (lengths + 1e-16);
    }
}

/**
 * The one past query that pays most and costs nothing: where the step came from (or a trial nearer to where it ended). Nothing
 * beside n samples that all but span the space: it has little to add there, and what curvature makes of its difference would
 * be blown up.
 */
export function secant<V>(space: Space<V>, { q, square, t, point }: Line<V>, n: number): History<V> {
  if (!point || n + 1 >= space.dimension) return emptyHistory();
  const c = t - point.length;
  return { rows: [space.combine([[c, q]])], values: [point.value], gram: Float64Array.of(c * c * square) };
}
