/** Sessions in threads of their own, each with a copy of what trains: what is said to them. `openNodeSessions` has some. */
import type { Feeds, Session, Value } from "../../../src/onnx/index.ts";
import type { Parameters } from "../../../src/parameters/index.ts";
import type { Candidate, SeededOptions, SharedObjective } from "../../../src/run/kernels.ts";
import type { StackForm } from "./stack.ts";

/** What each session holds. */
export interface Seat {
  /** Copied to the sessions; where they move in place, those follow. */
  readonly parameters: Parameters;
  /** How the graph takes several candidates; left out where it takes one. */
  readonly form?: StackForm | undefined;
  /** Most candidates in one pass. Default 1. */
  readonly stack?: number | undefined;
  /** Of directions, where candidates are sums of them; left out where they are points. */
  readonly directions?: Partial<SeededOptions> | undefined;
}

/** Where a pass computes: candidates in their places among `size`. */
export interface Placing {
  readonly size: number;
  readonly places: readonly (readonly [place: number, candidate: Candidate | Float64Array])[];
}

/**
 * Several sessions of one model as one, for `fit` to spread candidates and evaluations over. As many runs at a time as there are
 * sessions; `run` is a pass at the parameters as they stand, which are copied for it.
 */
export interface SessionPool extends Session {
  readonly sessions: number;
  /** Before the first pass. */
  seat(seat: Seat): void;
  /** To be told of each update of parameters that move in place. */
  readonly updated: NonNullable<SharedObjective["updated"]>;
  /** To be told where the parameters were changed otherwise: they are copied to the sessions again. */
  moved(): void;
  /**
   * A forward pass in some session, where its candidates stand.
   *
   * @throws RelizoError EVALUATOR where the session ended meanwhile: another takes its place, and may be asked; as `run` does for
   *   what the model does not take
   */
  pass(
    feeds: Feeds,
    outputs: readonly string[],
    placing: Placing | undefined,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, Value>>>;
  /** A pass at the parameters as they are now, the iterate; a session that ends meanwhile is replaced, and another asked. */
  passHere(feeds: Feeds, outputs?: readonly string[]): Promise<Readonly<Record<string, Value>>>;
}

/** Runs that may be under way at once. */
export function lanesOf(session: Session): number {
  return isPool(session) ? session.sessions : 1;
}

export function isPool(session: Session): session is SessionPool {
  return "pass" in session && "seat" in session;
}
