/** One run of a model in the order in which its graph says: no node merged with another, no weight packed beforehand. */
import type { Cut } from "../src/onnx/cut.ts";
import type { OnnxModel } from "../src/onnx/model.ts";
import { loadNodeRuntime } from "../src/onnx/session/node.ts";
import { type Feeds, openSession, type Value } from "../src/onnx/session/session.ts";
import type { Parameters } from "../src/parameters/index.ts";

/**
 * A runtime that is free to choose sums a product with packed weights in another order than one with weights that are fed, and
 * folds a normalization into the convolution before it: there equal graphs differ in the last bits. Here they do not.
 */
export async function runExactly(
  what: OnnxModel | Cut,
  feeds: Feeds,
  values?: Parameters,
): Promise<Readonly<Record<string, Value>>> {
  const cut = "proto" in what ? undefined : what;
  const model = "proto" in what ? what : what.model;
  const folder = model.external?.folder;
  const session = await openSession(await loadNodeRuntime(), model, {
    provider: "cpu",
    threads: 1,
    runtime: {
      graphOptimizationLevel: "disabled",
      extra: {
        session: {
          disable_prepacking: "1",
          ...(folder !== undefined && { model_external_initializers_file_folder_path: folder }),
        },
      },
    },
  });
  try {
    const bound = values ?? cut?.parameters;
    if (bound) session.bind(bound);
    return await session.run(feeds);
  } finally {
    await session.close();
  }
}
