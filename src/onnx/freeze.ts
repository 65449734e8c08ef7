/** An input whose values have been found becomes a constant. */
import { RelizoError } from "../error.ts";
import { type GraphIndex, indexOf, redirect } from "./graph.ts";
import { graphOf, type OnnxModel } from "./model.ts";
import { floatTensor, type Numbers } from "./tensor.ts";

/** @throws RelizoError OPTION where the model has a value of the name that a cut needs for its input */
export function needNew(where: string, index: GraphIndex, name: string): void {
  if (!index.taken(name)) return;
  throw new RelizoError(
    "OPTION",
    `${where}: the model has "${name}" already; cut the model as it was exported, or bake it first.`,
  );
}

/** Turns an input of a model of one's own into a constant; one of another name leaves the input's free again. */
export function freeze(model: OnnxModel, input: string, name: string, { shape, data }: Numbers): void {
  const graph = graphOf(model);
  const constant = name === input ? name : indexOf(model).fresh(name);
  graph.input = graph.input.filter((one) => one.name !== input);
  graph.initializer.push(floatTensor(constant, shape, data.slice()));
  if (constant !== input) redirect(graph, input, constant);
}
