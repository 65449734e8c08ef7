/** `minimize` over GPU buffers that move in place, with a journal: seeds and values are all that is kept. */
import type { DevicePiece } from "../point/device.ts";
import type { DeviceSeeded, Uploaded } from "../run/device.ts";
import type { InPlaceObjective } from "../run/seeded-minimize.ts";
import { hashOf } from "./digest.ts";
import { headerOf } from "./header.ts";
import { Journal } from "./journal.ts";
import { type RecordedInPlaceSolution, stampCandidates } from "./minimize-in-place.ts";
import type { RecordedOptions } from "./minimize-recorded.ts";
import { recorded } from "./recorded.ts";

export interface RecordedInDeviceOptions extends Omit<RecordedOptions, "bounds"> {
  /** `kernels.seeded()` of the kernels that uploaded the parameters. */
  readonly space: DeviceSeeded;
}

/**
 * As `minimizeRecordedInPlace`, over parameters in a device. There are no snapshots: a run goes on by a replay of its rounds, which
 * costs their steps but no query, in the same bits on the same device. Where another device sums otherwise, what it asks for has other
 * coefficients, and the journal refuses it.
 *
 * @param f  gets the buffers
 * @param uploaded  where the run starts, the same in every sitting; in the device and in its arrays at the last iterate in the end
 * @throws RelizoError JOURNAL where the journal is of another run, or cannot be written; else as `minimize` does
 * @cost  two downloads
 */
export async function minimizeRecordedInDevice(
  f: InPlaceObjective<readonly DevicePiece[]>,
  uploaded: Uploaded,
  options: RecordedInDeviceOptions,
): Promise<RecordedInPlaceSolution<readonly DevicePiece[]>> {
  const { journal = Journal.nowhere(), run = "run", settings, space, ...own } = options;
  const { arrays, tensors } = uploaded;
  await uploaded.download();
  await journal.begin(headerOf(arrays, space.kind(tensors), run, settings, own));
  const solution = await space
    .minimize(
      {
        objective: f,
        ask: (here) => recorded(here, journal, stampCandidates),
        round: journal.mark.round,
      },
      tensors,
      own,
    )
    .catch(async (error: unknown) => {
      await uploaded.download().catch(() => {}); // the iterate where that can be had; what failed first is what is said
      throw error;
    });
  await uploaded.download();
  return { ...solution, hashes: { trajectory: journal.trajectory, x: hashOf(...arrays) } };
}
