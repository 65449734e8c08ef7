/** Sessions of onnxruntime-node; this is the only file that loads it. */
import { RelizoError } from "../../error.ts";
import { whole } from "../../option.ts";
import type { OnnxModel } from "../model.ts";
import { openSession, type Runtime, type Session } from "./session.ts";

export interface NodeSessionOptions {
  /** Threads of one run; 0 for as many as there are cores, at most 1,024. Default 0. */
  readonly threads?: number;
}

const threadRule = whole(0, 0, 1024);

/**
 * Opens a model in this process. Parameters that are bound are read where they lie.
 *
 * @throws RelizoError BACKEND without onnxruntime-node, OPTION for a wrong option, DATA for a model that it does not take
 */
export async function openNodeSession(
  model: OnnxModel,
  { threads = 0 }: NodeSessionOptions = {},
): Promise<Session> {
  if (!threadRule.accepts(threads))
    throw new RelizoError("OPTION", `openNodeSession: threads must be ${threadRule.range}, got ${threads}.`);
  const folder = model.external?.folder;
  return openSession(await loadNodeRuntime(), model, {
    provider: "cpu",
    threads,
    runtime: {
      enableMemPattern: false, // batches differ in length: a pattern for each would be kept
      extra: {
        session: {
          intra_op: { allow_spinning: "0" }, // threads that wait leave their core to others
          ...(folder !== undefined && { model_external_initializers_file_folder_path: folder }),
        },
      },
    },
  });
}

/** @throws RelizoError BACKEND where it is not installed */
export async function loadNodeRuntime(): Promise<Runtime> {
  try {
    return await import("onnxruntime-node");
  } catch (cause) {
    throw new RelizoError(
      "BACKEND",
      "ONNX models are run by onnxruntime-node, which is not installed here; npm install onnxruntime-node@1.30.0",
      { cause },
    );
  }
}
