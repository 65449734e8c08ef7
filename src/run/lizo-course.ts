/** A `LIZO` over any world: asks the closure, and moves the parameters, one turn at a time. */
import { relizoWalk } from "../method/relizo.ts";
import type { RelizoState } from "../method/relizo-state.ts";
import type { Told } from "../method/walk.ts";
import { need } from "../option.ts";
import type { Packing, Rates } from "../point/packing.ts";
import { pastSamples } from "../reuse/points.ts";
import type { Terms } from "../space/space.ts";
import type { Either } from "./either.ts";
import type { LizoOptions } from "./lizo-options.ts";
import { checkState, type LizoState } from "./lizo-state.ts";
import { type Asking, searched } from "./own-search.ts";
import type { World } from "./world.ts";

/** What a `LIZO` changes as it goes: what it stores. */
type Own<V> = { -readonly [K in keyof LizoState<V>]: LizoState<V>[K] } & {
  readonly numReuse: number[];
  readonly groups: readonly Rates[];
};

export interface Course {
  readonly own: Own<unknown>;
  /** One step; the objective where it started. */
  turn(closure: () => Either<number>, batch: number): Asking<number>;
  load(state: LizoState): void;
}

export function lizoCourse<V>(
  world: World<V>,
  packing: Pick<Packing, "groups" | "dimension">,
  options: LizoOptions,
): Course {
  const groups = packing.groups.map(({ rates }) => rates);
  const { lineSearchFn } = options;
  const { kind = "dense", tell = (run) => run() } = world;
  const ownSearch = typeof lineSearchFn === "function" && lineSearchFn;
  const bound = options.reuseDistanceBound ?? options.lr;
  const reference = options.compatibility === "reference";
  const walk = relizoWalk(world.space, {
    ...world,
    samples: options.numSamplePerStep,
    rate: () => groups[0]!.lr, // groups may change between steps
    search: ownSearch ? "told" : !lineSearchFn ? "none" : reference ? "reference" : "armijo",
    normalized: options.strictLr,
    momentum: 0,
    reuse:
      options.reuse ??
      pastSamples({
        ...(typeof bound === "number" ? { within: bound } : bound),
        part: options.maxReuseRate,
        reference,
        published: reference && options.fastAlg,
      }),
    keepLast: options.sampleMomentum > 0,
    incrementalGram: options.fastAlg,
    reference,
  });
  const ground = { land: <M>(move: M): M => move };
  const own: Own<V> = {
    version: 1,
    dimension: packing.dimension,
    kind,
    walk: walk.init(options.seed),
    numReuse: [],
    numQueries: 0,
    groups,
  };
  /** False when the parameters may have been set by someone else for a good reason: a fresh start or a loaded state. */
  let following = false;

  /** Goes on at x as from the start, but for the step's number and length. */
  function forget(): void {
    const { seed, step, value, length } = own.walk;
    own.walk = { ...walk.init(seed), step, value, length };
  }

  function apply({ state, move }: Told<V, RelizoState<V>>): void {
    own.walk = state;
    if (move && !world.move(move)) forget();
  }

  function* query(closure: () => Either<number>, terms: Terms<V>): Asking<number> {
    world.place(terms);
    own.numQueries++;
    const value = yield closure();
    need(typeof value === "number", "VALUE", "LIZO.step: the closure must return a number", value);
    return value;
  }

  function* turn(closure: () => Either<number>, batch: number): Asking<number> {
    try {
      const moved = (yield world.adopt()) === true && following; // by someone else: what it knows is of another point
      if (moved || (own.walk.turn && own.walk.batch !== batch)) forget(); // or of another minibatch
      following = true;
      const { step, turn, reused } = own.walk;
      const serving = own.walk.batch === batch ? reused : 0;
      let start = turn?.search.value;
      while (own.walk.step === step) {
        const { turn, value } = own.walk;
        if (turn && ownSearch) {
          const found = yield* searched(turn, ownSearch, (terms) => query(closure, terms));
          apply(walk.moveBy(own.walk, found.t, ground, found.value));
          continue;
        }
        world.settle(own.walk);
        const asked = walk.ask(own.walk, batch);
        const values: number[] = [];
        for (const terms of asked) values.push(yield* query(closure, terms));
        start ??= asked[0]!.length > 0 ? value : values[0]!;
        yield tell(() => apply(walk.tell(own.walk, asked, values, ground, batch)), asked);
      }
      own.numReuse.push(serving);
      return start!;
    } finally {
      world.restore();
    }
  }

  return {
    own,
    turn,
    load(state: LizoState<V>) {
      checkState(state, { ...own, walk: walk.init(0), numReuse: [] }, world.model);
      const { groups: given, ...rest } = structuredClone(state);
      Object.assign(own, rest);
      given.forEach((group, i) => {
        Object.assign(groups[i]!, group);
      });
      following = false;
    },
  };
}
