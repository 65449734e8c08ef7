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
export type { About, Help } from "./method/about.ts";
export { type FdLbfgsOptions, fdLbfgs } from "./method/fd-lbfgs.ts";
export {
  createMethod,
  type MethodName,
  type MethodOptions,
  type MethodSettings,
  methodNames,
  methodRules,
  registry,
} from "./method/index.ts";
export type { Method, MethodState } from "./method/method.ts";
export { type MezoOptions, mezo } from "./method/mezo.ts";
export { type NelderMeadOptions, nelderMead } from "./method/nelder-mead.ts";
export { type PrgfOptions, prgf } from "./method/prgf.ts";
export { type RandomSearchOptions, randomSearch } from "./method/random-search.ts";
export { relizo } from "./method/relizo-method.ts";
export type { RelizoOptions } from "./method/relizo-options.ts";
export type { SampledOptions, SmoothedOptions } from "./method/smoothed.ts";
export { type ZoAdammOptions, zoAdamm } from "./method/zo-adamm.ts";
export { type ZoSgdOptions, zoSgd } from "./method/zo-sgd.ts";
export { zoSignSgd } from "./method/zo-sign-sgd.ts";
export { type ZoSmdOptions, zoSmd } from "./method/zo-smd.ts";
export type { Rule, Rules } from "./option.ts";
export type { Bounds, Box } from "./point/bounds.ts";
export type { AnyParameters, PackedGroup, ParameterGroup, Parameters } from "./point/packing.ts";
export type { Reuse } from "./reuse/reuse.ts";
export { type SlopesOptions, slopes } from "./reuse/slopes.ts";
export { decode, encode } from "./run/checkpoint.ts";
export { LIZO, type StepOptions } from "./run/lizo.ts";
export type { LineSearch, LizoOptions } from "./run/lizo-options.ts";
export type { LizoState } from "./run/lizo-state.ts";
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
export {
  type CosineOptions,
  cosine,
  inverseSqrt,
  type MultiStepOptions,
  multiStep,
  type Schedule,
} from "./step/schedule.ts";
export type { ScheduleData } from "./step/schedule-data.ts";
