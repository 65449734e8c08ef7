/** An ONNX model as a value: bytes in, bytes out, and a copy whose graph can be cut while the numbers stay shared. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  StringStringEntryProtoSchema,
} from "onnx-buf";
import { RelizoError } from "../error.ts";

/** Reads numbers that a model keeps beside itself, in files named by their tensors. */
export interface ExternalData {
  /** `length` bytes of the file from `offset`. */
  read(location: string, offset: number, length: number): Promise<Uint8Array>;
  /** Bytes in the file. */
  size(location: string): Promise<number>;
  /** The folder of the files, where there is one: a runtime that opens them itself is told. */
  readonly folder?: string;
}

/** A model: its graph, and where the numbers lie that the graph only names. Never changed by what takes it. */
export interface OnnxModel {
  readonly proto: ModelProto;
  readonly external?: ExternalData;
}

/**
 * Reads a model's bytes; the weights in it are views of them, not copies.
 *
 * @throws RelizoError DATA for bytes that are no ONNX model
 */
export function parseModel(bytes: Uint8Array, name = "these bytes", external?: ExternalData): OnnxModel {
  const proto = decode(bytes, name);
  if (!proto.graph || proto.graph.node.length === 0 || proto.opsetImport.length === 0)
    throw new RelizoError(
      "DATA",
      `${name} is not an ONNX model: ${bytes.length} bytes without a graph of nodes and its opset. An .onnx file is needed, as torch.onnx.export or optimum writes it.`,
    );
  return { proto, ...(external && { external }) };
}

function decode(bytes: Uint8Array, name: string): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RelizoError(
      "DATA",
      `${name} is not an ONNX model: ${why}. An .onnx file is needed, as torch.onnx.export or optimum writes it.`,
      { cause },
    );
  }
}

/** The model's bytes; numbers kept beside it stay there. */
export function encodeModel(model: OnnxModel): Uint8Array<ArrayBuffer> {
  return toBinary(ModelProtoSchema, model.proto);
}

/** The graph; `parseModel` saw to it that there is one. */
export function graphOf(model: OnnxModel): GraphProto {
  return model.proto.graph ?? create(GraphProtoSchema);
}

/**
 * A copy whose lists and nodes' inputs and outputs may be changed. Tensors and attributes are shared: nobody changes those.
 *
 * @cost the graph without its numbers
 */
export function copyModel(model: OnnxModel): OnnxModel {
  const { proto } = model;
  const graph = proto.graph && copyGraph(proto.graph);
  const copy = copyOf(proto, {
    ...(graph && { graph }),
    opsetImport: [...proto.opsetImport],
    metadataProps: proto.metadataProps.map((entry) => copyOf(entry)),
  });
  return { ...model, proto: copy };
}

/** Likewise a graph: its lists and its nodes' inputs and outputs are one's own. */
export function copyGraph(graph: GraphProto): GraphProto {
  return copyOf(graph, {
    node: graph.node.map((node) => copyOf(node, { input: [...node.input], output: [...node.output] })),
    initializer: [...graph.initializer],
    sparseInitializer: [...graph.sparseInitializer],
    input: [...graph.input],
    output: [...graph.output],
    valueInfo: [...graph.valueInfo],
  });
}

/** A message with the same fields but for the changes. A spread of it would be none: what a field is when left out lies in the prototype. */
export function copyOf<T extends object>(message: T, changes: Partial<T> = {}): T {
  return Object.assign(Object.create(Object.getPrototypeOf(message)), message, changes);
}

/** The version of ONNX's own operators that the model asks for. */
export function opsetOf(model: OnnxModel): number {
  const own = model.proto.opsetImport.find(({ domain }) => domain === "" || domain === "ai.onnx");
  return Number(own?.version ?? 0n);
}

/** What the model says of itself under a key. */
export function metadata(model: OnnxModel, key: string): string | undefined {
  return model.proto.metadataProps.find((entry) => entry.key === key)?.value;
}

/** Has a model of ours say something of itself; undefined takes it back. */
export function setMetadata(model: OnnxModel, key: string, value: string | undefined): void {
  const props = model.proto.metadataProps;
  const at = props.findIndex((entry) => entry.key === key);
  if (at >= 0) props.splice(at, 1);
  if (value !== undefined) props.push(create(StringStringEntryProtoSchema, { key, value }));
}
