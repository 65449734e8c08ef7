/** All weights of a model by the names of its class, as its model.safetensors has them: what a full fine-tune gives away. */
import { RelizoError } from "../../../src/index.ts";
import {
  expose,
  type LinearModule,
  linearModules,
  type OnnxModel,
  type ParameterInfo,
  parameters,
  trainableInputs,
} from "../../../src/onnx/index.ts";
import { Parameters, type TensorInit } from "../../../src/parameters/index.ts";
import { need } from "../check.ts";
import { classOf, type Kind, type ModelConfig } from "./classes.ts";
import { type NameOptions, theirNames } from "./names.ts";
import { renamed } from "./paths.ts";
import { transposed } from "./transposed.ts";

const WHERE = "modelWeights";

export interface ModelWeightsOptions extends NameOptions {
  /**
   * Which way round matrices are given: as the class has them (default), torch's Linear [outputs, inputs], where exporters that
   * multiply from the right turn them over; or as they lie in the graph.
   */
  readonly layout?: "class" | "graph";
}

/** Weights for a class, and the configuration that goes with them. */
export interface ModelWeights {
  readonly parameters: Parameters;
  /** As given; with `tie_word_embeddings` false where embeddings and head are one table in it, but were trained apart. */
  readonly config?: ModelConfig;
}

/**
 * The float weights of a plain model, such as `bake` gives, in float32. With a configuration of a known model_type they have the
 * class's names, and `paths` says those that it does not tell; without, those of `parameters(model)`. A matrix is turned where the
 * class has it the other way round; without a configuration, where the exporter took its name away, as it does when it turns one.
 *
 * A head that is the embeddings' own table is left out where the class ties them, as its files leave it out.
 *
 * @throws RelizoError OPTION for a model that is still cut, or names that are not clear; DATA for quantized weights
 */
export async function modelWeights(
  model: OnnxModel,
  options: ModelWeightsOptions = {},
): Promise<ModelWeights> {
  const { config, layout = "class" } = options;
  const [still] = trainableInputs(model);
  need(
    still === undefined,
    "OPTION",
    `${WHERE}: a plain model is needed, bake the cut one first`,
    still?.name,
  );
  const infos = parameters(model);
  const coarse = infos.find(({ why }) => why.startsWith("quantized"));
  if (coarse)
    throw new RelizoError(
      "DATA",
      `${WHERE}: "${coarse.name}" is ${coarse.why}; a class with float weights cannot take it. Write an adapter instead.`,
    );
  const linears = new Map(linearModules(model).map((linear) => [linear.initializer, linear]));
  const names = namesOf(infos, linears, options);
  const turned = layout === "class" ? turnedOf(infos, linears, names, config) : new Set<string>();
  const all = await expose(model, "**");
  const tensors = new Map<string, TensorInit>();
  for (const { name, shape, data } of all.parameters) {
    const theirs = names.get(name) ?? name;
    need(!tensors.has(theirs), "OPTION", `${WHERE}: two weights would have one name`, theirs);
    tensors.set(
      theirs,
      turned.has(name) ? { shape: shape.toReversed(), data: transposed({ shape, data }) } : { shape, data },
    );
  }
  const apart = classOf(config)?.tied === true && untie(tensors);
  return {
    parameters: Parameters.from(tensors),
    ...(config && { config: apart ? { ...config, tie_word_embeddings: false } : config }),
  };
}

/** The names in the class by those in the model. */
function namesOf(
  infos: readonly ParameterInfo[],
  linears: ReadonlyMap<string, LinearModule>,
  options: ModelWeightsOptions,
): Map<string, string> {
  const maps = new Set([...linears.values()].map(({ module }) => module));
  const tables = new Set(infos.filter(({ operators }) => operators.includes("Gather")).map(moduleOf));
  const kindOf = (module: string): Kind =>
    tables.has(module) ? "embedding" : maps.has(module) ? "linear" : "norm"; // a table may be the head as well
  const modules = [...new Set(infos.map(moduleOf))];
  const kinds: readonly Kind[] = ["linear", "embedding", "norm"];
  const [linear, embedding, norm] = kinds.map((kind) =>
    theirNames(
      WHERE,
      kind,
      modules.filter((module) => kindOf(module) === kind),
      options,
    ),
  );
  const byKind = { linear, embedding, norm };
  return new Map(
    infos.map((info) => {
      const whole = typeof options.paths === "object" ? renamed(info.name, options.paths) : undefined;
      const module = moduleOf(info);
      const end = info.name.slice(module.length);
      return [info.name, whole ?? `${byKind[kindOf(module)]?.(module)}${end}`];
    }),
  );
}

function moduleOf({ name }: ParameterInfo): string {
  const dot = name.lastIndexOf(".");
  return dot < 0 ? name : name.slice(0, dot);
}

/** Names of those that the class has the other way round. */
function turnedOf(
  infos: readonly ParameterInfo[],
  linears: ReadonlyMap<string, LinearModule>,
  names: ReadonlyMap<string, string>,
  config: ModelConfig | undefined,
): Set<string> {
  const known = classOf(config);
  const isTurned = (info: ParameterInfo): boolean => {
    const linear = linears.get(info.initializer);
    if (!linear || linear.kernel.length > 0 || info.shape.length !== 2) return false;
    if (info.operators.includes("Gather")) return false; // a table that is the head as well
    const theirs = (names.get(info.name) ?? info.name).replace(/\.[^.]*$/, "");
    if (known) return linear.inputsFirst !== known.isConv1d(theirs);
    return linear.inputsFirst && info.name !== info.initializer;
  };
  return new Set(infos.filter(isTurned).map(({ name }) => name));
}

const HEADS = ["lm_head", "cls.predictions.decoder"];
const TABLES = /(?:^|\.)(?:embed_tokens|word_embeddings|wte)\.weight$/;

/** Takes out a head that is the table. @returns whether there is one that is not */
function untie(tensors: Map<string, TensorInit>): boolean {
  const table = [...tensors].find(([name]) => TABLES.test(name))?.[1];
  for (const head of HEADS) {
    const weight = tensors.get(`${head}.weight`);
    if (!weight || !table) continue;
    if (!same(weight, table)) return true;
    tensors.delete(`${head}.weight`);
  }
  return false;
}

function same(a: TensorInit, b: TensorInit): boolean {
  const [left, right] = [a, b].map((one) => (one instanceof Float32Array ? one : one.data));
  return left?.length === right?.length && (left?.every((x, i) => x === right?.[i]) ?? false);
}
