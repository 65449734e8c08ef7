/** A fine-tune whose parameters lie in the device that runs the model: kernels move them there, and no pass copies them. */
import {
  minimizeRecordedInDevice,
  type RecordedInDeviceOptions,
  type RecordedInPlaceSolution,
} from "../../../src/journal/index.ts";
import type { Session } from "../../../src/onnx/index.ts";
import {
  type GpuDevice,
  type InPlaceObjective,
  openKernels,
  type SeededOptions,
} from "../../../src/run/kernels.ts";
import { need } from "../check.ts";
import type { Checkpoint } from "./checkpoint.ts";

/**
 * Uploads what is bound to the session, minimizes, and binds the arrays again, which then hold the last iterate.
 *
 * @throws RelizoError OPTION for directions without a copy of the parameters: a device keeps one
 */
export async function inDevice(
  objective: InPlaceObjective,
  session: Session,
  device: GpuDevice,
  given: Partial<SeededOptions> | undefined,
  settings: Omit<RecordedInDeviceOptions, "space">,
): Promise<
  Pick<RecordedInPlaceSolution<unknown>, "steps" | "queries" | "hashes" | "outcome" | "message" | "state">
> {
  const { copy = true, ...directions } = given ?? {};
  need(
    copy,
    "OPTION",
    "finetune: on WebGPU a copy of the parameters is kept; directions must not say copy",
    copy,
  );
  const { parameters } = session;
  const kernels = await openKernels({ prefer: ["webgpu"], device });
  try {
    const uploaded = kernels.upload(parameters);
    session.bind(parameters, uploaded);
    return await minimizeRecordedInDevice(objective, uploaded, {
      ...settings,
      space: kernels.seeded(directions),
    });
  } finally {
    session.bind(parameters);
    kernels.close();
  }
}

/** Keeps what lies in the device, where that is so: it is downloaded when it is worth keeping, and only then. */
export function downloading(checkpoint: Checkpoint, session: Session): Checkpoint {
  return {
    async save(parameters, step) {
      await session.uploaded?.download();
      await checkpoint.save(parameters, step);
    },
    load: (parameters, step) => checkpoint.load(parameters, step),
  };
}
