/** ONNX models as something to train: their weights by name, and graphs cut so that what trains is an input. */
export { bake } from "./bake.ts";
export { type Cut, type TrainableInput, trainableInputs } from "./cut.ts";
export { expose } from "./expose.ts";
export { addLora, type LoraOptions } from "./lora.ts";
export { type ExternalData, encodeModel, type OnnxModel, parseModel } from "./model.ts";
export { type ParameterInfo, parameters } from "./parameters.ts";
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
