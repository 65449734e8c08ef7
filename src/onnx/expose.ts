/** Weights that become inputs: whoever runs the graph says, run by run, what they are. */
import { type TensorProto, TensorProto_DataType } from "onnx-buf";
import { RelizoError } from "../error.ts";
import { Parameters } from "../parameters/parameters.ts";
import { matching, noneError, type Pattern } from "../parameters/select.ts";
import { type Baking, take } from "./baking.ts";
import { addNote, type Cut, type CutNote } from "./cut.ts";
import { addInput, type GraphIndex, indexOf, redirect, removeConstants } from "./graph.ts";
import { copyModel, encodeModel, graphOf, type OnnxModel, parseModel } from "./model.ts";
import { node, valueInfo } from "./node.ts";
import { type ParameterInfo, parameters } from "./parameters.ts";
import { fillFloats, needNumbers, packFloats } from "./tensor.ts";

/** The tensor that an input was. */
interface Exposed {
  readonly initializer: string;
  /** Its type in the file, a TensorProto_DataType. */
  readonly type: number;
  /** The value that a node makes of the input, where not the input itself is taken. */
  readonly fed?: string;
}

interface ExposeNote extends CutNote {
  readonly cut: "expose";
  /** By the inputs' names. */
  readonly tensors: Readonly<Record<string, Exposed>>;
}

/**
 * Turns weights into required float32 inputs. Float32 weights are fed as they are and outputs stay bit for bit the same. Those
 * of float16 and bfloat16 are fed as float32 and rounded in the graph, which is exact for what came from there; a runtime that
 * computes in float32 all the same may leave the rounding out. Those of float64 are rounded to float32.
 *
 * @param pattern  names as `parameters(model)` lists them. Default: all that are trainable
 * @returns  the graph without these weights, and their numbers, back to back where all are below 1 GiB
 * @throws RelizoError OPTION for a pattern that matches none (with near names) or a weight that cannot train (with the reason)
 * @cost  the numbers once; those beside the model are read piece by piece
 */
export async function expose(model: OnnxModel, pattern?: Pattern): Promise<Cut> {
  const infos = chosen(parameters(model), pattern);
  const copy = copyModel(model);
  const index = indexOf(copy);
  const tensors = infos.map(({ initializer }) => tensorOf(index, initializer));
  for (const tensor of tensors) await needNumbers(tensor, model.external);
  const values = Parameters.zeros(new Map(infos.map(({ name, shape }) => [name, shape])));
  for (const [i, tensor] of tensors.entries())
    await fillFloats(values.get(infos[i]!.name).data, tensor, model.external);
  removeConstants(graphOf(copy), new Set(infos.map(({ initializer }) => initializer)));
  addNote<ExposeNote>(copy, {
    cut: "expose",
    parameters: Object.fromEntries(infos.map(({ name, shape }) => [name, shape])),
    tensors: Object.fromEntries(infos.map((info, i) => [info.name, feed(index, info, tensors[i]!)])),
  });
  return { model: apart(copy, tensors), parameters: values };
}

function chosen(infos: readonly ParameterInfo[], pattern: Pattern | undefined): ParameterInfo[] {
  const names = infos.map(({ name }) => name);
  const trainable = infos.filter((info) => info.trainable);
  if (pattern === undefined && trainable.length > 0) return trainable;
  if (pattern === undefined) throw nothing(infos);
  const wanted = new Set(matching("expose", names, pattern));
  const found = infos.filter(({ name }) => wanted.has(name));
  if (found.length === 0) throw nothing(infos);
  const everything = [pattern].flat().includes("**");
  const quantized = everything ? undefined : found.find(({ why }) => why.startsWith("quantized"));
  const taken = found.filter((info) => info.trainable);
  const bad = quantized ?? (taken.length === 0 ? found[0] : undefined);
  if (bad)
    throw new RelizoError(
      "OPTION",
      `expose: "${bad.name}" cannot train: ${bad.why}. Take weights that are floats, or addLora, which leaves this one as it is.`,
    );
  return taken;
}

function nothing(infos: readonly ParameterInfo[]): RelizoError {
  const [first] = infos;
  if (!first) return noneError("expose", [], "**");
  return new RelizoError(
    "OPTION",
    `expose: none of ${infos.length} weights can train; "${first.name}" is ${first.why}. Export the model with float weights, or use addLora.`,
  );
}

function tensorOf(index: GraphIndex, initializer: string): TensorProto {
  const tensor = index.constant(initializer);
  if (tensor) return tensor;
  throw new RelizoError("STATE", `expose: the graph has no tensor "${initializer}".`);
}

/** Adds the input and has it flow to all who took the constant. */
function feed(index: GraphIndex, { name, initializer, shape }: ParameterInfo, tensor: TensorProto): Exposed {
  const { graph } = index;
  graph.valueInfo = graph.valueInfo.filter((value) => value.name !== initializer);
  addInput(graph, valueInfo(name, shape));
  const type = tensor.dataType;
  const isFloat32 = type === TensorProto_DataType.FLOAT;
  if (isFloat32 && name === initializer) return { initializer, type };
  const isOutput = graph.output.some((output) => output.name === initializer);
  if (isFloat32 && !isOutput) {
    redirect(graph, initializer, name);
    return { initializer, type };
  }
  // An output keeps its name, so a node makes it.
  const value = isOutput && name !== initializer ? initializer : index.fresh(`${name}.fed`);
  if (value !== initializer) redirect(graph, initializer, value);
  graph.node.unshift(isFloat32 ? node("Identity", [name], value) : node("Cast", [name], value, { to: type }));
  return { initializer, type, fed: value };
}

/**
 * Has what is left of a model not hold on to the file that the weights were views of: its bytes are copied where they are
 * fewer than those that left.
 */
function apart(copy: OnnxModel, gone: readonly TensorProto[]): OnnxModel {
  const bytes = (tensors: readonly TensorProto[]): number =>
    tensors.reduce((sum, tensor) => sum + (tensor.rawData?.length ?? 0), 0);
  if (bytes(graphOf(copy).initializer) >= bytes(gone)) return copy;
  return parseModel(encodeModel(copy), "the cut model", copy.external);
}

/** Puts the values back where the weights were, in their own type. */
export const bakeExpose: Baking = (model, note, values) => {
  const graph = graphOf(model);
  for (const [name, { initializer, type, fed }] of Object.entries((note as ExposeNote).tensors)) {
    graph.input = graph.input.filter((input) => input.name !== name);
    if (fed !== undefined) graph.node = graph.node.filter(({ output }) => output[0] !== fed);
    redirect(graph, fed ?? name, initializer);
    graph.initializer.push(packFloats(initializer, take(values, name), type));
  }
};
