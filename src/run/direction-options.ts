/** What directions from seeds may be, wherever parameters lie. */
import type { SeedKind } from "../kernel/seeds.ts";
import { need, oneOf, type Rules, whole } from "../option.ts";
import { layoutInWords, type Shaped } from "../space/low-rank-layout.ts";

export interface DirectionOptions {
  /**
   * Entries +1 and -1, the cheapest (default); normal ones; or "low-rank": U V^T / sqrt(rank), U and V normal, in every matrix of
   * a `Parameters` or with a shape, and normal entries in other tensors and where there is no shape.
   */
  readonly directions: SeedKind | "low-rank";
  /** Columns of U and V, 1 or more: matrices with a side not longer have normal entries. Default 2. */
  readonly rank: number;
  /** Steps whose low-rank directions share one V, 1 or more. Default 50. */
  readonly lazy: number;
}

export const directionRules: Rules<DirectionOptions> = {
  directions: oneOf<DirectionOptions["directions"]>("rademacher", ["rademacher", "gaussian", "low-rank"]),
  rank: whole(2, 1),
  lazy: whole(50, 1),
};

/** @throws RelizoError OPTION where rank or lazy is given for other directions */
export function needOwn({ directions, rank, lazy }: Partial<DirectionOptions>): void {
  const own = rank ?? lazy;
  need(
    directions === "low-rank" || own === undefined,
    "OPTION",
    'seeded: rank and lazy need directions "low-rank"',
    own,
  );
}

/** The options behind a kind; undefined where it is none. */
export function directionsOf(kind: string): Partial<DirectionOptions> | undefined {
  if (kind === "rademacher" || kind === "gaussian") return { directions: kind };
  const [, rank, lazy] = /^low-rank (\d+), lazy (\d+), in /.exec(kind) ?? [];
  const options = { directions: "low-rank", rank: Number(rank), lazy: Number(lazy) } as const;
  return directionRules.rank.accepts(options.rank) && directionRules.lazy.accepts(options.lazy)
    ? options
    : undefined;
}

/** What a state's vectors are drawn from: the same seeds are other directions for another kind. */
export function kindOf({ directions, rank, lazy }: DirectionOptions, parts: readonly Shaped[]): string {
  if (directions !== "low-rank") return directions;
  return `low-rank ${rank}, lazy ${lazy}, in ${layoutInWords(parts, rank)}`;
}
