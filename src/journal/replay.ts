/** The state of a run at any of its rounds, from its journal alone: no query is asked. */
import { RelizoError } from "../error.ts";
import { type Ask, byTasks } from "../evaluate/task.ts";
import { createMethod, methodNames } from "../method/index.ts";
import type { Method } from "../method/method.ts";
import { has, need } from "../option.ts";
import type { Bounds } from "../point/bounds.ts";
import { finitePoint } from "../point/finite.ts";
import { minimize, type RunState } from "../run/minimize.ts";
import { hashOf } from "./digest.ts";
import { headerOf, needSame } from "./header.ts";
import { Journal } from "./journal.ts";
import { readJournal } from "./read.ts";
import type { JournalHeader } from "./record.ts";
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
  const { name = "the journal", bounds } = options;
  const { header, rounds } = readJournal(bytes, name);
  if (!header) throw new RelizoError("JOURNAL", `${name} has no whole header: there is nothing to replay.`);
  if (header.space !== "dense")
    throw new RelizoError("JOURNAL", `${name} is of a run over ${header.space}, not over dense vectors.`);
  const { at = rounds.length } = options;
  const fine = Number.isSafeInteger(at) && at >= 0 && at <= rounds.length;
  need(
    fine,
    "OPTION",
    `replay: at must be a whole number from 0 to ${rounds.length}, the rounds of ${name}`,
    at,
  );
  const start = finitePoint("replay", x0);
  const method = options.method ?? methodOf(name, header);
  const { run, settings, seed } = header;
  needSame(name, header, headerOf(start, run, settings ?? undefined, { method, seed, bounds }));

  const journal = await Journal.open({ ...nowhere(), name, read: async (part) => only(part, bytes) });
  await journal.begin(header);
  const stop = new AbortController();
  const answer = recorded(async () => stop.abort(), journal);
  const ask: Ask = async (tasks, listener) => {
    if (journal.mark.round === at) stop.abort();
    else await answer(tasks, listener);
  };
  const batches = rounds.some(({ batch }) => batch !== 0);
  const solution = await minimize(byTasks(ask), start, {
    method,
    seed,
    signal: stop.signal,
    maxQueries: Number.MAX_SAFE_INTEGER,
    ...(bounds && { bounds }),
    ...(batches && { batch: () => rounds[journal.mark.round]?.batch ?? 0 }),
  });
  if (journal.mark.round !== at)
    throw new RelizoError(
      "JOURNAL",
      `${name}: the replay ended after ${journal.mark.round} rounds, before round ${at}: ${solution.message}`,
    );
  const { x, queries, steps, state } = solution;
  const iterate = state.state.x;
  const hashes = { trajectory: journal.trajectory, x: hashOf(x), iterate: hashOf(iterate) };
  return { rounds: at, queries, steps, iterate, value: state.state.value, x, state, hashes };
}

const only = (part: string, bytes: Uint8Array): Uint8Array => (part === "journal" ? bytes : new Uint8Array());

function methodOf(name: string, { method, settings }: JournalHeader): Method {
  const known = methodNames.find((one) => one === method);
  if (known && has(settings)) return createMethod(known, settings);
  throw new RelizoError(
    "OPTION",
    `${name} does not say how its method, ${method}, was made; give the method, with the options that the run had.`,
  );
}
