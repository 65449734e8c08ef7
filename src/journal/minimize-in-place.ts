/** `minimize` over parameters that move in place, with a journal: seeds and values are all that is kept. */
import type { Task } from "../evaluate/task.ts";
import { pack } from "../point/packing.ts";
import type { HostParameters } from "../run/device.ts";
import type { Seeded } from "../run/seeded.ts";
import type { InPlaceObjective, SeededSolution, SharedObjective } from "../run/seeded-minimize.ts";
import type { Candidate } from "../space/replica.ts";
import { hashOf, stampNumbers } from "./digest.ts";
import { headerOf } from "./header.ts";
import { Journal } from "./journal.ts";
import type { RecordedOptions, RecordedSolution } from "./minimize-recorded.ts";
import { recorded } from "./recorded.ts";

export interface RecordedInPlaceOptions extends Omit<RecordedOptions, "bounds"> {
  /** `(await openKernels()).seeded()`: a journal goes on under either kind of kernels, wasm or js. */
  readonly space: Seeded;
}

export type RecordedInPlaceSolution<P> = SeededSolution<P> & Pick<RecordedSolution, "hashes">;

/**
 * As `minimizeRecorded`, over float32 parameters that move in place. The journal does not grow with them, and a replay takes the time of
 * the steps alone, without a query; there are no snapshots.
 *
 * @param f  the objective, or who answers in its place: its rounds are asked through the journal
 * @param parameters  where the run starts, the same in every sitting; at the last iterate in the end
 * @throws RelizoError JOURNAL where the journal is of another run, or cannot be written; else as `minimize` does
 */
export async function minimizeRecordedInPlace<P extends HostParameters>(
  f: InPlaceObjective<P> | SharedObjective<P>,
  parameters: P,
  options: RecordedInPlaceOptions,
): Promise<RecordedInPlaceSolution<P>> {
  const { journal = Journal.nowhere(), run = "run", settings, space, ...own } = options;
  const { pieces } = pack("minimizeRecordedInPlace", [{ parameters }], { lr: 1, weightDecay: 0 });
  const arrays = pieces.map(({ array }) => array);
  await journal.begin(headerOf(arrays, space.kind(parameters), run, settings, own));
  const shared: SharedObjective<P> = typeof f === "function" ? { objective: f, ask: (here) => here } : f;
  const solution = await space.minimize(
    { ...shared, ask: (here) => recorded(shared.ask(here), journal, stampCandidates) },
    parameters,
    own,
  );
  return { ...solution, hashes: { trajectory: journal.trajectory, x: hashOf(...arrays) } };
}

/** Of coefficients and seeds, one after the other. */
function stampCandidates(tasks: readonly Task<Candidate>[]): number {
  const words = tasks.flatMap(({ candidate }) => [
    candidate.length,
    ...candidate.flatMap(([c, of]) => (typeof of === "number" ? [c, of] : [c, ...of])),
  ]);
  return stampNumbers(Float64Array.from(words));
}
