/** All tensors of a model, wherever they stand: initializers, attributes, bodies of loops and branches, functions. */
import {
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
} from "onnx-buf";
import { copyOf, type OnnxModel } from "./model.ts";
import { countOf } from "./tensor.ts";

const TYPE = TensorProto_DataType;

/** Bytes of a number; of less than one byte where several share it. */
const WIDTHS: ReadonlyMap<number, number> = new Map([
  ...[TYPE.INT8, TYPE.UINT8, TYPE.BOOL].map((type) => [type, 1] as const),
  ...[TYPE.INT16, TYPE.UINT16, TYPE.FLOAT16, TYPE.BFLOAT16].map((type) => [type, 2] as const),
  ...[TYPE.INT32, TYPE.UINT32, TYPE.FLOAT].map((type) => [type, 4] as const),
  ...[TYPE.INT64, TYPE.UINT64, TYPE.DOUBLE, TYPE.COMPLEX64].map((type) => [type, 8] as const),
  [TYPE.COMPLEX128, 16],
  ...[TYPE.INT4, TYPE.UINT4, TYPE.FLOAT4E2M1].map((type) => [type, 0.5] as const),
  ...[TYPE.FLOAT8E4M3FN, TYPE.FLOAT8E4M3FNUZ, TYPE.FLOAT8E5M2, TYPE.FLOAT8E5M2FNUZ, TYPE.FLOAT8E8M0].map(
    (type) => [type, 1] as const,
  ),
]);

/** Bytes that a tensor's numbers take as raw data; undefined for texts. */
export function bytesOf(tensor: TensorProto): number | undefined {
  const width = WIDTHS.get(tensor.dataType);
  return width === undefined ? undefined : Math.ceil(countOf(tensor) * width);
}

export function isOutside(tensor: TensorProto): boolean {
  return tensor.dataLocation === TensorProto_DataLocation.EXTERNAL;
}

/** Every tensor, in the order in which `mapTensors` meets them. */
export function allTensors(model: OnnxModel): TensorProto[] {
  const found: TensorProto[] = [];
  mapTensors(model, (tensor) => {
    found.push(tensor);
    return tensor;
  });
  return found;
}

/** A model with other tensors: what `to` gives for each. What has none that changed is shared with the first. */
export function mapTensors(model: OnnxModel, to: (tensor: TensorProto) => TensorProto): OnnxModel {
  const { proto } = model;
  const changed = copyOf(proto, {
    ...(proto.graph && { graph: mapGraph(proto.graph, to) }),
    functions: mapped(proto.functions, (one) => changing(one, { node: mapNodes(one.node, to) })),
  });
  return { ...model, proto: changed };
}

function mapGraph(graph: GraphProto, to: (tensor: TensorProto) => TensorProto): GraphProto {
  return changing(graph, {
    initializer: mapped(graph.initializer, to),
    sparseInitializer: mapped(graph.sparseInitializer, (sparse) =>
      changing(sparse, {
        ...(sparse.values && { values: to(sparse.values) }),
        ...(sparse.indices && { indices: to(sparse.indices) }),
      }),
    ),
    node: mapNodes(graph.node, to),
  });
}

function mapNodes(nodes: NodeProto[], to: (tensor: TensorProto) => TensorProto): NodeProto[] {
  return mapped(nodes, (node) =>
    changing(node, { attribute: mapped(node.attribute, (one) => mapAttribute(one, to)) }),
  );
}

function mapAttribute(attribute: AttributeProto, to: (tensor: TensorProto) => TensorProto): AttributeProto {
  return changing(attribute, {
    ...(attribute.t && { t: to(attribute.t) }),
    ...(attribute.g && { g: mapGraph(attribute.g, to) }),
    tensors: mapped(attribute.tensors, to),
    graphs: mapped(attribute.graphs, (graph) => mapGraph(graph, to)),
  });
}

/** The list itself where nothing in it changed. */
function mapped<T>(list: T[], to: (one: T) => T): T[] {
  const made = list.map(to);
  return made.some((one, i) => one !== list[i]) ? made : list;
}

/** The message itself where nothing changes. */
function changing<T extends object>(message: T, changes: Partial<T>): T {
  const keys = Object.keys(changes) as (keyof T)[];
  return keys.some((key) => changes[key] !== message[key]) ? copyOf(message, changes) : message;
}
