/** Named tensors, some of them frozen, and their files: the names of `relizo/parameters`. */
export { flatten, unflatten } from "./flat.ts";
export type { FloatType } from "./half.ts";
export { decodeSafetensors, type Loaded, type LoadOptions, readSafetensors } from "./load.ts";
export { type Named, Parameters, type Tensor, type TensorInit } from "./parameters.ts";
export { encodeSafetensors, type SaveOptions, writeSafetensors } from "./save.ts";
export type { Pattern } from "./select.ts";
export { readShards } from "./shards.ts";
export type { ReadableFile, Source, WritableFile } from "./source.ts";
