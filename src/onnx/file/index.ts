/** ONNX models in files, for Node: the names of `relizo/onnx/file`. */
export { fromHuggingFace } from "./huggingface.ts";
export { readModel } from "./read.ts";
export { type WriteModelOptions, writeModel } from "./write.ts";
