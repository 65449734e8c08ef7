/** `minimize` over parameters that move in place, with a journal: seeds and values are all that is kept. */
import { RelizoError } from "../error.ts";
import type { Task } from "../evaluate/task.ts";
import { pack } from "../point/packing.ts";
import type { HostParameters } from "../run/device.ts";
import type { Progress } from "../run/minimize.ts";
import type { Seeded } from "../run/seeded.ts";
import type { InPlaceObjective, SeededSolution, SharedObjective } from "../run/seeded-minimize.ts";
import type { Candidate } from "../space/replica.ts";
import { hashOf, stampNumbers } from "./digest.ts";
import { headerOf } from "./header.ts";
import { Journal } from "./journal.ts";
import type { RecordedOptions, RecordedSolution } from "./minimize-recorded.ts";
import { recorded } from "./recorded.ts";
import type { FoundInPlace } from "./snapshot-in-place.ts";
import { inPlaceSnapshots } from "./snapshots-in-place.ts";

export interface RecordedInPlaceOptions extends Omit<RecordedOptions, "bounds"> {
  /** `(await openKernels()).seeded()`: a journal goes on under either kind of kernels, wasm or js. */
  readonly space: Seeded;
}

export type RecordedInPlaceSolution<P> = SeededSolution<P> & Pick<RecordedSolution, "hashes">;

/**
 * As `minimizeRecorded`, over float32 parameters that move in place. The journal does not grow with them. Snapshots beside it hold
 * them: a run goes on from the last one and replays the rounds since, without a query.
 *
 * @param f  the objective, or who answers in its place: its rounds are asked through the journal. Who follows updates is told all of
 *   them, so there the journal is replayed whole, and no snapshot is taken
 * @param parameters  where the run starts, the same in every sitting; at the last iterate in the end
 * @throws RelizoError JOURNAL where the journal is of another run, or cannot be written; else as `minimize` does
 * @cost  a snapshot is of 4 d bytes, and 4 d for each vector of the method's memory; they take at most 2 % of the time
 */
export async function minimizeRecordedInPlace<P extends HostParameters>(
  f: InPlaceObjective<P> | SharedObjective<P>,
  parameters: P,
  options: RecordedInPlaceOptions,
): Promise<RecordedInPlaceSolution<P>> {
  const { journal = Journal.nowhere(), run = "run", settings, space, ...own } = options;
  const { pieces } = pack("minimizeRecordedInPlace", [{ parameters }], { lr: 1, weightDecay: 0 });
  const arrays = pieces.map(({ array }) => array).filter((array) => array instanceof Float32Array);
  await journal.begin(headerOf(arrays, space.kind(parameters), run, settings, own));
  const shared: SharedObjective<P> = typeof f === "function" ? { objective: f, ask: (here) => here } : f;
  const keeper = inPlaceSnapshots(journal, arrays);
  const go = (from: FoundInPlace | undefined): Promise<SeededSolution<P>> => {
    const { seed, ...others } = own;
    let vectors = from?.vectors ?? [];
    return space.minimize(
      {
        ...shared,
        ask: (here) => recorded(shared.ask(here), journal, stampCandidates),
        updated(update, all) {
          vectors = all;
          shared.updated?.(update, all);
        },
        round: journal.mark.round,
        ...(from && { restored: () => from.load().then(() => from.vectors) }),
      },
      parameters,
      {
        ...(from ? { ...others, resume: from.state } : own),
        async onStep(progress: Progress) {
          await own.onStep?.(progress);
          if (!shared.updated) await keeper.passed(progress.state, vectors);
        },
      },
    );
  };
  const from = shared.updated ? undefined : await keeper.latest();
  const { mark } = journal;
  const solution = await go(from).catch(async (error: unknown) => {
    // The door refused the state before the parameters were touched.
    if (!(from && error instanceof RelizoError && error.code === "STATE" && journal.mark === mark))
      throw error;
    journal.said(`${error.message} The snapshot is ignored, and the journal replayed whole.`);
    await journal.rewind();
    return go(undefined);
  });
  return { ...solution, hashes: { trajectory: journal.trajectory, x: hashOf(...arrays) } };
}

/** Of coefficients and seeds, one after the other. */
export function stampCandidates(tasks: readonly Task<Candidate>[]): number {
  const words = tasks.flatMap(({ candidate }) => [
    candidate.length,
    ...candidate.flatMap(([c, of]) => (typeof of === "number" ? [c, of] : [c, ...of])),
  ]);
  return stampNumbers(Float64Array.from(words));
}
