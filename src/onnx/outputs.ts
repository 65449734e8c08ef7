/** A model with fewer outputs, and without what only the others needed. */
import type { NodeProto } from "onnx-buf";
import { matching, type Pattern } from "../parameters/select.ts";
import { bodies, freeValues, indexOf } from "./graph.ts";
import { copyModel, graphOf, type OnnxModel } from "./model.ts";

/**
 * Drops all other outputs, and the nodes and constants that only they needed; inputs stay. ONNX Runtime computes every output
 * of a model whichever are asked for, so this saves a head that nobody reads. It is not undone by `bake`: bake the model from before.
 *
 * @throws RelizoError OPTION for a pattern that matches no output
 */
export function keepOutputs(model: OnnxModel, pattern: Pattern): OnnxModel {
  const copy = copyModel(model);
  const graph = graphOf(copy);
  const names = graph.output.map(({ name }) => name);
  const kept = new Set(matching("keepOutputs", names, pattern));
  graph.output = graph.output.filter(({ name }) => kept.has(name));
  const { maker } = indexOf(copy);
  const needed = new Set<string>(kept);
  const nodes = new Set<NodeProto>();
  for (const value of needed) {
    const node = maker.get(value);
    if (!node || nodes.has(node)) continue;
    nodes.add(node);
    const inner = bodies(node).flatMap((body) => [...freeValues(body)]);
    for (const input of [...node.input, ...inner]) if (input !== "") needed.add(input);
  }
  graph.node = graph.node.filter((node) => nodes.has(node));
  graph.initializer = graph.initializer.filter(({ name }) => needed.has(name));
  graph.valueInfo = graph.valueInfo.filter(({ name }) => needed.has(name));
  return copy;
}
