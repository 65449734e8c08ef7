/** ONNX models as something to train: their weights by name, and graphs cut so that what trains is an input. */
export { bake } from "./bake.ts";
export { addHead, type HeadOptions, type Pool } from "./classifier.ts";
export { type Cut, type TrainableInput, trainableInputs } from "./cut.ts";
export { expose } from "./expose.ts";
export type { HuggingFaceOptions } from "./huggingface/build.ts";
export { fromHuggingFaceFiles } from "./huggingface/files.ts";
export type { Task } from "./huggingface/task.ts";
export { addLora, type LoraOptions } from "./lora.ts";
export { type ExternalData, encodeModel, type OnnxModel, parseModel } from "./model.ts";
export { type LinearModule, type LoraModule, linearModules, loraModules } from "./modules.ts";
export { keepOutputs } from "./outputs.ts";
export { type ParameterInfo, parameters } from "./parameters.ts";
export { prefixActivations, type RunModel } from "./prefix/activations.ts";
export type { PrefixShape } from "./prefix/layout.ts";
export { addPrefix, type HeadCounts, type PrefixCut, type PrefixOptions } from "./prefix/prefix.ts";
export { addPrompt, type PromptCut, type PromptOptions } from "./prompt.ts";
export { type RowCut, type RowOptions, selectRows } from "./rows.ts";
export { type BatchLoss, onnxObjective, type Run } from "./session/objective.ts";
export {
  type Feeds,
  type InputInfo,
  openSession,
  type Runtime,
  type Session,
  type SessionOptions,
  type Value,
} from "./session/session.ts";
