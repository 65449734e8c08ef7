/** A run of relizo with a fixed learning rate, and how near to singular the systems were that it solved. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { relizo } from "../../src/index.ts";
import type { RelizoOptions } from "../../src/method/relizo-options.ts";
import type { RelizoState } from "../../src/method/relizo-state.ts";
import type { Walk } from "../../src/method/walk.ts";
import type { Space, Terms } from "../../src/space/space.ts";
import type { Task } from "./objectives.ts";
import type { Precision, World } from "./worlds.ts";

export interface Run {
  /** f at the last iterate, on all data, in float64; Infinity where it diverged. */
  readonly value: number;
  /** The largest condition number of A, its rows scaled to length 1 and ridges added. NaN where nobody looked. */
  readonly condition: number;
  readonly queries: number;
}

export interface Plan {
  readonly task: Task;
  readonly precision: Precision;
  readonly options: Partial<RelizoOptions>;
  readonly seed: number;
  readonly queries: number;
  /** Whether to look at the systems. */
  readonly watched: boolean;
}

export function drive<V>(world: World<V>, { task, precision, options, seed, queries, watched }: Plan): Run {
  const { space, iterate, x, settle } = world;
  const walk = walkOf(space, options);
  const round = precision === "float32" ? Math.fround : (value: number): number => value;
  let state = walk.init(seed);
  let asked = 0;
  let condition = watched ? 1 : Number.NaN;
  for (;;) {
    const batch = task.minibatches ? state.step : 0;
    const points = walk.ask(state, batch);
    if (asked + points.length > queries) break;
    asked += points.length;
    const values = points.map((terms) => {
      iterate.place(terms);
      return round(task.value(x, task.minibatches ? state.step : undefined));
    });
    iterate.restore();
    if (watched) condition = Math.max(condition, conditionOf(space, state, points, batch));
    const told = walk.tell(state, points, values, { land: (move) => move }, batch);
    state = told.state;
    if (told.move) iterate.move(told.move);
    settle(state);
    if (!(Math.abs(task.value(x)) < 1e12)) return { value: Infinity, condition, queries: asked };
  }
  return { value: task.value(x), condition, queries: asked };
}

function walkOf<V>(space: Space<V>, options: Partial<RelizoOptions>): Walk<V, RelizoState<V>> {
  const { over } = relizo({ lineSearch: "none", ...options });
  return over!(space) as Walk<V, RelizoState<V>>;
}

/** Of the system that the next estimate solves. */
function conditionOf<V>(
  space: Space<V>,
  { history, batch }: RelizoState<V>,
  points: readonly Terms<V>[],
  now: number,
): number {
  const { rows, ridge = [] } = history;
  const serving = rows.flatMap((row, i) =>
    batch === now || ridge[i]! > 0 ? [{ row, ridge: ridge[i] ?? 0 }] : [],
  );
  const fresh = points
    .filter((terms) => terms.length > 0)
    .map((terms) => ({ row: space.combine(terms), ridge: 0 }));
  const all = [...serving, ...fresh];
  const gram = space.gram(
    all.map(({ row }) => row),
    all.map(({ row }) => row),
  );
  const m = all.length;
  const A = Matrix.zeros(m, m);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < m; j++)
      A.set(
        i,
        j,
        gram[i * m + j]! / Math.sqrt(gram[i * (m + 1)]! * gram[j * (m + 1)]!) + (i === j ? all[i]!.ridge : 0),
      );
  const { realEigenvalues } = new EigenvalueDecomposition(A, { assumeSymmetric: true });
  const least = Math.min(...realEigenvalues);
  return least > 0 ? Math.max(...realEigenvalues) / least : Infinity;
}
