/** The public names. */
export { type ErrorCode, RelizoError } from "./error.ts";
export {
  type Asked,
  type Batched,
  type BatchObjective,
  batched,
  type Context,
  type Objective,
} from "./evaluate/evaluate.ts";
export type { Reals } from "./kernel/kernels.ts";
export {
  createMethod,
  type MethodName,
  type MethodOptions,
  methodNames,
  methodRules,
  registry,
} from "./method/index.ts";
export type { Method, MethodState } from "./method/method.ts";
export type { Bounds, Box } from "./point/bounds.ts";
export type { ParameterGroup, Parameters } from "./point/packing.ts";
export { decode, encode } from "./run/checkpoint.ts";
export { LIZO, type LizoState, type StepOptions } from "./run/lizo.ts";
export type { LineSearch, LizoOptions } from "./run/lizo-options.ts";
export {
  type MinimizeOptions,
  minimize,
  type Progress,
  type RunState,
  type Solution,
} from "./run/minimize.ts";
export { OUTCOMES, type Outcome } from "./run/outcome.ts";
export type { RunOptions } from "./run/run-options.ts";
export { type Stream, uniforms } from "./sample/stream.ts";
export type { Schedule } from "./step/schedule.ts";
