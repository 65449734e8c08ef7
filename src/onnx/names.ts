/**
 * What a weight is called. Exporters keep the module's path in the names of nodes ("/layers.0/self_attn/q_proj/MatMul") but
 * give a weight that they transposed a number ("onnx::MatMul_636"); then the node tells the name.
 */
import type { NodeProto } from "onnx-buf";

/** Names that an exporter made up. */
const MADE_UP = /^(?:onnx::|onnx__|_v_|val_|tmp|const|_val|\/|#|\d+$)|_output_\d+$|Constant/i;

export function isMadeUp(name: string): boolean {
  return MADE_UP.test(name);
}

/** The path of the module that a node belongs to, with dots: "layers.0.self_attn.q_proj"; "" where its name tells none. */
export function modulePath(node: NodeProto): string {
  const parts = node.name.split("/").filter((part) => part !== "");
  const last = parts.at(-1) ?? "";
  const own = last.replace(/_\d+$/, "") === node.opType; // "MatMul_1" is the second of the module
  const path = own ? parts.slice(0, -1) : node.name.includes("/") ? parts : [];
  return path.join(".");
}

/** The name of the module that a tensor belongs to: what is before its last dot. */
export function moduleOf(tensor: string): string {
  return tensor.slice(0, Math.max(0, tensor.lastIndexOf(".")));
}
