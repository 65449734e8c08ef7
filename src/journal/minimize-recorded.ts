/** `minimize` with a journal: a run that any process can take up where another left it, and ends in the same bits. */
import { RelizoError } from "../error.ts";
import { type Ask, byTasks } from "../evaluate/task.ts";
import { finitePoint } from "../point/finite.ts";
import { type MinimizeOptions, minimize, type Progress, type Solution } from "../run/minimize.ts";
import { hashOf } from "./digest.ts";
import { headerOf } from "./header.ts";
import { Journal } from "./journal.ts";
import { recorded } from "./recorded.ts";
import { type Resting, snapshots } from "./snapshots.ts";

export type RecordedOptions = Omit<MinimizeOptions, "resume" | "space"> & {
  /** Where the run is kept, and taken up from. Left out: nowhere, and the run has its hashes all the same. */
  readonly journal?: Journal | undefined;
  /** Name of the run. Default "run". */
  readonly run?: string | undefined;
  /** What `method` was made with by `createMethod`, as plain data, so that whoever has the journal can make it again. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
};

export interface RecordedSolution extends Solution {
  /** sha256, in hex. */
  readonly hashes: {
    /** Over all rounds of queries from the first on: minibatch and values. */
    readonly trajectory: string;
    /** Of the bytes of `x`. */
    readonly x: string;
  };
}

/**
 * Minimizes as `minimize` does, and keeps every round of queries in the journal before the method is told of it. A journal that
 * holds rounds already is replayed, without a query, and goes on from there; budgets are those of the whole run, and may be
 * larger than they were.
 *
 * @param ask      who answers: `askInline(f)`, or `askBy(evaluator)`
 * @param x0       where the run starts, the same in every sitting
 * @param options  those of `minimize`, the same in every sitting but for budgets, signal and observer; and the journal
 * @throws RelizoError JOURNAL where the journal is of another run, or cannot be written; else as `minimize` does
 */
export async function minimizeRecorded(
  ask: Ask,
  x0: ArrayLike<number>,
  options: RecordedOptions = {},
): Promise<RecordedSolution> {
  const { journal = Journal.nowhere(), run = "run", settings, ...own } = options;
  const start = finitePoint("minimizeRecorded", x0);
  await journal.begin(headerOf([start], "dense", run, settings, own));
  const keeper = snapshots(journal);
  const answer = recorded(ask, journal);
  const go = (from: Resting | undefined): Promise<Solution> => {
    const { seed, bounds, ...others } = own;
    return minimize(byTasks(answer, journal.mark.round), start, {
      ...(from ? { ...others, resume: from.state } : own),
      async onStep(progress: Progress) {
        await own.onStep?.(progress);
        await keeper.passed(progress.state);
      },
    });
  };
  const from = await keeper.latest();
  const solution = await go(from).catch(async (error: unknown) => {
    // The door refused the state before anything was asked.
    if (!(from && error instanceof RelizoError && error.code === "STATE" && journal.mark === from.mark))
      throw error;
    journal.said(`${error.message} The snapshot is ignored, and the journal replayed whole.`);
    await journal.rewind();
    return go(undefined);
  });
  await keeper.ended();
  return { ...solution, hashes: { trajectory: journal.trajectory, x: hashOf(solution.x) } };
}
