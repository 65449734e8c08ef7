/** Named tensors, some of them frozen, and their files: the names of `relizo/parameters`. */
export { type Named, Parameters, type Tensor, type TensorInit } from "./parameters.ts";
export {
  decodeSafetensors,
  encodeSafetensors,
  type FloatType,
  type Loaded,
  type LoadOptions,
  readSafetensors,
  readShards,
  type SaveOptions,
  writeSafetensors,
} from "./safetensors.ts";
export type { Pattern } from "./select.ts";
export type { ReadableFile, Source, WritableFile } from "./source.ts";
