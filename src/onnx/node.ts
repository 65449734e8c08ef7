/** Nodes and values of a graph, made in one line each. */
import { create } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "onnx-buf";

const KIND = AttributeProto_AttributeType;

/** A whole number is an int, { float } a float, a list of numbers ints, a text a string, else a tensor. */
export type Attribute = number | readonly number[] | string | { readonly float: number } | TensorProto;

/** A node of one of ONNX's own operators. */
export function node(
  opType: string,
  input: readonly string[],
  output: string | readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
  name?: string,
): NodeProto {
  const outputs = [output].flat();
  return create(NodeProtoSchema, {
    opType,
    input: [...input],
    output: outputs,
    name: name ?? `${outputs[0]}/${opType}`,
    attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
  });
}

function attribute(name: string, value: Attribute): AttributeProto {
  if (typeof value === "number")
    return create(AttributeProtoSchema, { name, type: KIND.INT, i: BigInt(value) });
  if (typeof value === "string")
    return create(AttributeProtoSchema, { name, type: KIND.STRING, s: new TextEncoder().encode(value) });
  if (Array.isArray(value))
    return create(AttributeProtoSchema, { name, type: KIND.INTS, ints: value.map(BigInt) });
  if ("float" in value) return create(AttributeProtoSchema, { name, type: KIND.FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: KIND.TENSOR, t: value as TensorProto });
}

/** A node's attribute that is one whole number. */
export function intAttribute(of: NodeProto, name: string): number | undefined {
  const found = of.attribute.find((one) => one.name === name);
  return found?.i === undefined ? undefined : Number(found.i);
}

export function floatAttribute(of: NodeProto, name: string): number | undefined {
  return of.attribute.find((one) => one.name === name)?.f;
}

export function intsAttribute(of: NodeProto, name: string): number[] | undefined {
  const found = of.attribute.find((one) => one.name === name);
  return found?.ints.map(Number);
}

/** An input or output of a graph: float32 unless said otherwise; a text is an open dimension's name. */
export function valueInfo(
  name: string,
  shape: readonly (number | string)[],
  elemType: TensorProto_DataType = TensorProto_DataType.FLOAT,
): ValueInfoProto {
  const dim = shape.map((n) =>
    create(TensorShapeProto_DimensionSchema, {
      value: typeof n === "number" ? { case: "dimValue", value: BigInt(n) } : { case: "dimParam", value: n },
    }),
  );
  const tensorType = create(TypeProto_TensorSchema, {
    elemType,
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensorType } }),
  });
}

/** A value's shape as the graph states it: numbers, names of open dimensions, "" where nothing is said; undefined without one. */
export function statedShape(value: ValueInfoProto): (number | string)[] | undefined {
  const type = value.type?.value;
  if (type?.case !== "tensorType" || !type.value.shape) return undefined;
  return type.value.shape.dim.map(({ value: n }) =>
    n.case === "dimValue" ? Number(n.value) : n.case === "dimParam" ? n.value : "",
  );
}

export function statedType(value: ValueInfoProto): TensorProto_DataType | undefined {
  const type = value.type?.value;
  return type?.case === "tensorType" ? type.value.elemType : undefined;
}
