/** A run at any of its rounds, from its journal alone: no query is asked. */
import { RelizoError } from "../error.ts";
import { byTasks } from "../evaluate/task.ts";
import { createMethod, methodNames } from "../method/index.ts";
import type { Method } from "../method/method.ts";
import { has, need } from "../option.ts";
import type { Bounds } from "../point/bounds.ts";
import { finitePoint } from "../point/finite.ts";
import type { HostParameters } from "../run/device.ts";
import { openKernels } from "../run/kernels.ts";
import { minimize, type RunState } from "../run/minimize.ts";
import type { Seeded, SeededOptions } from "../run/seeded.ts";
import { hashOf } from "./digest.ts";
import { PREAMBLE, payloadAt } from "./frames.ts";
import { headerOf, needSame } from "./header.ts";
import { Journal } from "./journal.ts";
import { minimizeRecordedInPlace } from "./minimize-in-place.ts";
import { readJournal } from "./read.ts";
import { isRound, type JournalHeader } from "./record.ts";
import { recorded } from "./recorded.ts";
import { nowhere } from "./store.ts";

export interface ReplayOptions {
  /** Rounds to replay. Default: all. */
  readonly at?: number | undefined;
  /** The method as it was made. Default: made again from the settings in the header. */
  readonly method?: Method | undefined;
  /** Those of the run, where it had some. */
  readonly bounds?: Bounds | undefined;
  /** Name of the file, for messages. */
  readonly name?: string | undefined;
}

export interface Replayed {
  readonly rounds: number;
  readonly queries: number;
  readonly steps: number;
  /** The iterate after these rounds. */
  readonly iterate: Float64Array;
  /** f at the iterate as last known. */
  readonly value: number;
  /** What `minimize` would have given: the best point asked, with minibatches the iterate. */
  readonly x: Float64Array;
  readonly state: RunState;
  /** sha256, in hex: over the rounds, and of the bytes of `x` and of `iterate`. */
  readonly hashes: { readonly trajectory: string; readonly x: string; readonly iterate: string };
}

/**
 * Replays the rounds of a journal over dense vectors from the run's own x0.
 *
 * @param bytes  of the journal
 * @throws RelizoError JOURNAL where x0, the bounds or the method are not those of the run, or the journal is damaged; OPTION where
 *   there are fewer rounds, or the header has no settings to make the method from
 */
export async function replayJournal(
  bytes: Uint8Array,
  x0: ArrayLike<number>,
  options: ReplayOptions = {},
): Promise<Replayed> {
  const { header, journal, own, at } = await prepared(bytes, options);
  if (header.space !== "dense")
    throw new RelizoError(
      "JOURNAL",
      `${journal.name} is of a run over ${header.space} directions, whose parameters move in place: replayJournalInPlace has them.`,
    );
  const start = finitePoint("replay", x0);
  const { bounds } = options;
  const { run, settings, seed } = header;
  needSame(journal.name, header, headerOf([start], "dense", run, settings ?? undefined, { ...own, bounds }));
  await journal.begin(header);
  const stop = new AbortController();
  const ask = recorded(async () => stop.abort(), journal);
  const solution = await minimize(byTasks(ask), start, {
    ...own,
    seed,
    signal: stop.signal,
    ...(bounds && { bounds }),
  });
  needAll(journal, at, solution.message);
  const { x, queries, steps, state } = solution;
  const iterate = state.state.x;
  const hashes = { trajectory: journal.trajectory, x: hashOf(x), iterate: hashOf(iterate) };
  return { rounds: at, queries, steps, iterate, value: state.state.value, x, state, hashes };
}

export interface ReplayInPlaceOptions extends Omit<ReplayOptions, "bounds"> {
  /** What draws the directions. Default: the fastest kernels here, with the directions that the header names. */
  readonly space?: Seeded | undefined;
}

/** The parameters themselves are at the iterate then; `hashes.x` is of their bytes. */
export type ReplayedInPlace = Pick<Replayed, "rounds" | "queries" | "steps" | "value"> & {
  readonly hashes: Omit<Replayed["hashes"], "iterate">;
};

/**
 * Replays the rounds of a journal over seeded directions onto parameters, which move to where the run had them.
 *
 * @param parameters  where the run began
 * @throws RelizoError as `replayJournal` does
 */
export async function replayJournalInPlace(
  bytes: Uint8Array,
  parameters: HostParameters,
  options: ReplayInPlaceOptions = {},
): Promise<ReplayedInPlace> {
  const { header, journal, own, at } = await prepared(bytes, options);
  const directions = directionsOf(journal.name, header.space);
  const kernels = options.space ? undefined : await openKernels();
  try {
    const space = options.space ?? kernels!.seeded(directions);
    const stop = new AbortController();
    const solution = await minimizeRecordedInPlace({ ask: () => async () => stop.abort() }, parameters, {
      ...own,
      space,
      journal,
      run: header.run,
      settings: header.settings ?? undefined,
      signal: stop.signal,
    });
    needAll(journal, at, solution.message);
    const { queries, steps, value, hashes } = solution;
    return { rounds: at, queries, steps, value, hashes };
  } finally {
    kernels?.close();
  }
}

/** A journal that ends after the rounds asked for, and the options under which its run is replayed. */
async function prepared(bytes: Uint8Array, options: ReplayOptions) {
  const { name = "the journal" } = options;
  const { header, rounds } = readJournal(bytes, name);
  if (!header) throw new RelizoError("JOURNAL", `${name} has no whole header: there is nothing to replay.`);
  const { at = rounds.length } = options;
  const fine = Number.isSafeInteger(at) && at >= 0 && at <= rounds.length;
  need(
    fine,
    "OPTION",
    `replay: at must be a whole number from 0 to ${rounds.length}, the rounds of ${name}`,
    at,
  );
  const upTo = bytes.subarray(0, endOf(bytes, at));
  const journal = await Journal.open({
    ...nowhere(),
    name,
    read: async (part) => (part === "journal" ? upTo : new Uint8Array()),
  });
  const batches = rounds.some(({ batch }) => batch !== 0);
  const own = {
    method: options.method ?? methodOf(name, header),
    seed: header.seed,
    maxQueries: Number.MAX_SAFE_INTEGER,
    ...(batches && { batch: () => rounds[journal.mark.round]?.batch ?? 0 }),
  };
  return { header, journal, own, at };
}

/** Where so many rounds end. */
function endOf(bytes: Uint8Array, rounds: number): number {
  let end = payloadAt(bytes, PREAMBLE).end;
  for (let count = 0; count < rounds; ) {
    const record = payloadAt(bytes, end);
    if (isRound(record.payload)) count++;
    end = record.end;
  }
  return end;
}

function needAll({ name, mark }: Journal, at: number, message: string): void {
  if (mark.round !== at)
    throw new RelizoError(
      "JOURNAL",
      `${name}: the replay ended after ${mark.round} rounds, before round ${at}: ${message}`,
    );
}

function methodOf(name: string, { method, settings }: JournalHeader): Method {
  const known = methodNames.find((one) => one === method);
  if (known && has(settings)) return createMethod(known, settings);
  throw new RelizoError(
    "OPTION",
    `${name} does not say how its method, ${method}, was made; give the method, with the options that the run had.`,
  );
}

/** The options that a header's words stand for, see `kindOf`. */
function directionsOf(name: string, space: string): Partial<SeededOptions> {
  if (space === "rademacher" || space === "gaussian") return { directions: space };
  const [, rank, lazy] = /^low-rank (\d+), lazy (\d+), /.exec(space) ?? [];
  if (rank !== undefined && lazy !== undefined)
    return { directions: "low-rank", rank: Number(rank), lazy: Number(lazy) };
  throw new RelizoError("JOURNAL", `${name} is of a run over ${space}, not over seeded directions.`);
}
