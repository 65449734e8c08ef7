/** What an ONNX model takes and gives, read from its own description. */
import type { InferenceSession } from "onnxruntime-node";
import { RelizoError } from "../../src/index.ts";
import { describeShape, type PictureShape } from "./images.ts";

export interface Layout {
  readonly input: string;
  readonly output: string;
  readonly shape: PictureShape;
  /** Pictures in each run, where the model fixes their number. */
  readonly fixedBatch: number | undefined;
}

/**
 * @param given  the size of the pictures, for a model that leaves channels, height or width open
 * @throws RelizoError DATA for a model that does not take one float32 [batch, channels, height, width]
 */
export function readLayout(path: string, session: InferenceSession, given?: PictureShape): Layout {
  const [input, ...others] = session.inputMetadata;
  if (input === undefined || others.length > 0 || !input.isTensor)
    throw wrong(path, `has the inputs ${session.inputNames.join(", ") || "(none)"}`);
  const { name, type } = input;
  const dims = input.shape.length === 0 ? ["", "", "", ""] : input.shape;
  if (type !== "float32" || dims.length !== 4)
    throw wrong(path, `takes ${type} [${dims.join(", ")}] as "${name}"`);
  const last = dims[3];
  if (typeof last === "number" && last <= 4 && !(typeof dims[1] === "number" && dims[1] <= 4))
    throw wrong(path, `seems to take its channels last, [${dims.join(", ")}]`);
  const [batch, ...sizes] = dims.map((size) => (typeof size === "number" && size > 0 ? size : undefined));
  const asked = given && [given.channels, given.height, given.width];
  const [channels, height, width] = sizes.map((size, i) => size ?? asked?.[i]);
  if (channels === undefined || height === undefined || width === undefined)
    throw new RelizoError(
      "DATA",
      `"${path}" leaves the size of its pictures open, [${dims.join(", ")}]; say --size CxHxW, as in --size 3x32x32.`,
    );
  const shape = { channels, height, width };
  if (given && describeShape(given) !== describeShape(shape))
    throw new RelizoError(
      "SHAPE",
      `"${path}" takes pictures of ${describeShape(shape)}, not ${describeShape(given)}.`,
    );
  return { input: name, output: readOutput(path, session), shape, fixedBatch: batch };
}

/** The first output of float32: some exporters put the number of the class before the scores. */
function readOutput(path: string, { outputMetadata }: InferenceSession): string {
  const scores = outputMetadata.find((output) => output.isTensor && output.type === "float32");
  if (scores) return scores.name;
  const kinds = outputMetadata.map(
    (output) => `${output.name} (${output.isTensor ? output.type : "no tensor"})`,
  );
  throw new RelizoError(
    "DATA",
    `"${path}" puts out ${kinds.join(", ")}; one output of float32 [batch, classes] is needed. Export the model in that form.`,
  );
}

function wrong(path: string, what: string): RelizoError {
  return new RelizoError(
    "DATA",
    `"${path}" ${what}; one float32 input [batch, channels, height, width] is needed. Export the model in that form.`,
  );
}
