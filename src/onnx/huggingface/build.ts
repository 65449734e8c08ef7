/** A graph from a Hugging Face configuration and its weights: many models are published only so. */
import { create } from "@bufbuild/protobuf";
import { ModelProtoSchema, OperatorSetIdProtoSchema, type TensorProto } from "onnx-buf";
import { RelizoError } from "../../error.ts";
import { oneOf, type Rules, readOptions, whole } from "../../option.ts";
import type { FloatType } from "../../parameters/half.ts";
import type { ExternalData, OnnxModel } from "../model.ts";
import { ARCHITECTURES } from "./architectures.ts";
import { Config } from "./config.ts";
import { Draft } from "./draft.ts";
import { externalInitializer, initializer, type StoredTensor } from "./stored.ts";
import { type Task, taskOf, taskRule } from "./task.ts";
import { Weights } from "./weights.ts";

export interface HuggingFaceOptions {
  /** What the model is for. Default "auto": what the class in `architectures` is for. */
  readonly task: Task | "auto";
  /** How weights lie in the model: "stored" as in their file, float16 and bfloat16 widened by the graph (default), or "float32". */
  readonly precision: "stored" | "float32";
  /** Weights that take more than this [bytes] stay in their files; the model only names the places. Default 2^30: a model in one piece must be below 2^31. */
  readonly apartFrom: number;
}

export const huggingFaceRules: Rules<HuggingFaceOptions> = {
  task: taskRule,
  precision: oneOf<HuggingFaceOptions["precision"]>("stored", ["stored", "float32"]),
  apartFrom: whole(2 ** 30, 0, 2 ** 31 - 1),
};

/** LayerNormalization came with 17; runtimes, checkers and converters of years take it. */
const OPSET = 17n;
const IR_VERSION = 8n;

/**
 * The model of a configuration and its weights. Inputs and outputs are called and shaped as in Hugging Face's own exports,
 * weights as in their files, nodes by the paths of their modules; numbers are computed in float32.
 *
 * @param values    what config.json says
 * @param tensors   what its safetensors files hold; only what the graph takes is read
 * @param external  reads those files, should their numbers stay in them
 * @throws RelizoError DATA, by name, for a model_type or a value that is not known, for weights that are missing, left over or
 *   of another shape or type; OPTION for options that cannot be
 */
export async function buildHuggingFace(
  values: Readonly<Record<string, unknown>>,
  tensors: readonly StoredTensor[],
  options: Partial<HuggingFaceOptions> = {},
  external?: ExternalData,
): Promise<OnnxModel> {
  const { task: asked, precision, apartFrom } = readOptions("fromHuggingFace", options, huggingFaceRules);
  const config = new Config(values);
  const kind = config.text("model_type");
  const architecture = ARCHITECTURES.get(kind);
  if (architecture === undefined)
    throw config.refusal(
      "model_type",
      `${[...ARCHITECTURES.keys()].join(", ")} can be built; export others with optimum`,
    );
  if (config.has("quantization_config"))
    throw config.refusal(
      "quantization_config",
      "quantized weights cannot be perturbed; take the model before it was",
    );
  const task = taskOf(config, asked, architecture.tasks);
  const weights = new Weights(tensors, architecture.base);
  const draft = new Draft(weights, precision === "float32");
  architecture.write(draft, config, task);
  weights.needAllTaken(kind);
  const taken = weights.taken();
  const apart = isApart(taken, precision, apartFrom);
  if (apart && external === undefined)
    throw new RelizoError(
      "OPTION",
      "fromHuggingFace: weights that stay in their files need a reader of these.",
    );
  const graph = draft.graph(kind, await initializers(taken, apart, precision === "float32"));
  const proto = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    opsetImport: [create(OperatorSetIdProtoSchema, { domain: "", version: OPSET })],
    producerName: "relizo",
    graph,
  });
  return { proto, ...(apart && external && { external }) };
}

type Taken = StoredTensor<FloatType>;

/** Whether numbers stay in their files. */
function isApart(taken: readonly Taken[], precision: string, most: number): boolean {
  const width = (one: Taken): number => (precision === "float32" && one.type !== "F32" ? 2 : 1);
  const bytes = taken.reduce((sum, one) => sum + one.length * width(one), 0);
  if (bytes <= most) return false;
  const halves = taken.some(({ type }) => type !== "F32");
  if (precision === "float32" && halves)
    throw new RelizoError(
      "OPTION",
      `fromHuggingFace: as float32 the weights take ${bytes} bytes, more than the ${most} that go into a model; leave precision out: the graph then widens what is stored, with the same results.`,
    );
  return true;
}

async function initializers(taken: readonly Taken[], apart: boolean, widen: boolean): Promise<TensorProto[]> {
  const made: TensorProto[] = [];
  for (const one of taken) made.push(apart ? externalInitializer(one) : await initializer(one, widen));
  return made;
}
