/** A classifier from an ONNX file, run by ONNX Runtime; this is the only file of the attack that knows of it. */
import type { InferenceSession } from "onnxruntime-node";
import { RelizoError } from "../../src/index.ts";
import type { Runtime } from "../../src/onnx/index.ts";
import { loadNodeRuntime } from "../../src/onnx/session/node.ts";
import type { Classifier } from "./classifier.ts";
import { describeShape, type PictureShape, pixelsIn, readBytes } from "./images.ts";
import { readLayout } from "./onnx-layout.ts";

export type Outputs = "logits" | "probabilities";

export interface ClassifierOptions {
  /** Mean of each channel, of pixels in [0, 1]; one number serves all. Default ImageNet's 0.485, 0.456, 0.406 for three channels, else 0.5. */
  readonly mean?: readonly number[];
  /** Deviation of each channel, likewise. Default ImageNet's 0.229, 0.224, 0.225 for three channels, else 1. */
  readonly std?: readonly number[];
  /** What the model puts out. Default: what its answer to one gray picture looks like. */
  readonly outputs?: Outputs;
  /** Size of the pictures, for a model that leaves it open. */
  readonly shape?: PictureShape;
  /** Threads of ONNX Runtime. Default 0: as many as there are cores. */
  readonly threads?: number;
}

/** Most pictures in one run where the model does not say: more cost memory and gain nothing. */
const MOST = 128;

/** More threads than any machine has cores only cost memory. */
const MOST_THREADS = 1024;

/** Probabilities below this count as this. */
const LEAST = 1e-10;

/**
 * Loads a classifier from an ONNX file: one float32 input [batch, channels, height, width], of which each number may be
 * fixed or open, and a first float32 output [batch, classes]. A model whose batch is open in name only, so that it answers one
 * picture and refuses two, is asked one by one. The model sees (pixel - mean) / std with pixels in [0, 1].
 *
 * @throws RelizoError BACKEND without onnxruntime-node, DATA for what is no such model, OPTION for a wrong option
 */
export async function loadClassifier(path: string, options: ClassifierOptions = {}): Promise<Classifier> {
  readBytes(path, "an ONNX model");
  const runtime = await loadNodeRuntime();
  const session = await open(runtime, path, options.threads ?? 0);
  const { shape, input, output: first, fixedBatch } = readLayout(path, session, options.shape);
  const affine = normalization(shape, options);
  const d = pixelsIn(shape);
  const data = new Float32Array((fixedBatch ?? MOST) * d);
  const dims = [shape.channels, shape.height, shape.width];

  async function answer(count: number): Promise<Float32Array> {
    const rows = fixedBatch ?? count;
    const tensor = new runtime.Tensor("float32", data.subarray(0, rows * d), [rows, ...dims]);
    const output = (await session.run({ [input]: tensor }, [first]).catch(cannotRun))[first];
    const [batch, classes = 0, ...rest] = output?.dims ?? [];
    if (output?.data instanceof Float32Array && batch === rows && classes >= 2 && rest.every((n) => n === 1))
      return output.data;
    throw new RelizoError(
      "DATA",
      `"${path}" answered ${rows} pictures with ${output?.type ?? "nothing"} [${output?.dims.join(", ") ?? ""}]; float32 [batch, classes] is needed.`,
    );
  }

  function cannotRun(cause: unknown): never {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RelizoError(
      "DATA",
      `"${path}" cannot be run on float32 [batch, ${dims.join(", ")}]: ${why} Where it stands one batch alone, export it with that batch fixed.`,
      { cause },
    );
  }

  const gray = await answer(1);
  const classes = gray.length / (fixedBatch ?? 1);
  const size = fixedBatch ?? ((await answer(2).catch(() => undefined)) ? MOST : 1);
  const outputs = checkOutputs(path, gray.subarray(0, classes), options.outputs);
  let scores = new Float32Array(0);
  return {
    name: path.split(/[\\/]/).at(-1) ?? path,
    shape,
    classes,
    async scores(pixels: Float32Array, count: number): Promise<Float32Array> {
      if (scores.length < count * classes) scores = new Float32Array(count * classes);
      for (let begin = 0; begin < count; begin += size) {
        const some = Math.min(size, count - begin);
        affine(pixels.subarray(begin * d, (begin + some) * d), data);
        const found = (await answer(some)).subarray(0, some * classes);
        scores.set(
          outputs === "logits" ? found : found.map((p) => Math.log(Math.max(p, LEAST))),
          begin * classes,
        );
      }
      return scores.subarray(0, count * classes);
    },
  };
}

async function open(runtime: Runtime, path: string, threads: number): Promise<InferenceSession> {
  if (!(Number.isInteger(threads) && threads >= 0 && threads <= MOST_THREADS))
    throw new RelizoError(
      "OPTION",
      `threads must be a whole number to ${MOST_THREADS}, 0 for as many as there are cores, got ${threads}.`,
    );
  try {
    return await runtime.InferenceSession.create(path, {
      intraOpNumThreads: threads,
      logSeverityLevel: 4, // what fails is thrown, and says why
      extra: { session: { intra_op: { allow_spinning: "0" } } }, // threads that wait leave their core to others
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RelizoError("DATA", `"${path}" cannot be loaded as an ONNX model: ${why}`, { cause });
  }
}

/** Pixels in [-0.5, 0.5] to what the model was trained on. */
function normalization(
  shape: PictureShape,
  { mean, std }: ClassifierOptions,
): (pixels: Float32Array, out: Float32Array) => void {
  const colour = shape.channels === 3;
  const means = perChannel("mean", mean ?? (colour ? [0.485, 0.456, 0.406] : [0.5]), shape);
  const deviations = perChannel("std", std ?? (colour ? [0.229, 0.224, 0.225] : [1]), shape);
  if (!deviations.every((value) => value > 0))
    throw new RelizoError("OPTION", `std must be positive, got ${deviations.join(", ")}.`);
  const area = shape.height * shape.width;
  return (pixels, out) => {
    for (let begin = 0, channel = 0; begin < pixels.length; begin += area, channel++) {
      const c = channel % shape.channels;
      const scale = 1 / (deviations[c] ?? 1);
      const offset = (0.5 - (means[c] ?? 0)) * scale;
      for (let i = begin; i < begin + area; i++) out[i] = (pixels[i] ?? 0) * scale + offset;
    }
  };
}

function perChannel(name: string, given: readonly number[], shape: PictureShape): readonly number[] {
  const values =
    given.length === 1 ? Array.from({ length: shape.channels }, () => given[0] ?? Number.NaN) : given;
  if (values.length === shape.channels && values.every(Number.isFinite)) return values;
  throw new RelizoError(
    "OPTION",
    `${name} must be one finite number or one for each of the ${shape.channels} channels of ${describeShape(shape)}, got ${given.join(", ") || "none"}.`,
  );
}

/** Whether one picture's answer is a distribution: no negative number, sum one. */
function checkOutputs(path: string, answer: Float32Array, said: Outputs | undefined): Outputs {
  const sum = answer.reduce((total, p) => total + p, 0);
  const distribution = answer.every((p) => p >= 0) && Math.abs(sum - 1) <= 1e-3;
  const looks: Outputs = distribution ? "probabilities" : "logits";
  if (said === "probabilities" && !distribution)
    throw new RelizoError(
      "OPTION",
      `"${path}" puts out numbers that are no probabilities: for one gray picture they sum to ${sum.toPrecision(4)}; leave out --outputs or say --outputs logits.`,
    );
  return said ?? looks;
}
