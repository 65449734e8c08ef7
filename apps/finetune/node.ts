/** What of fine-tuning reads files: the names of `relizo/finetune/node`. */
export { loadImages } from "../attack/load-images.ts";
export {
  readAdapterFolder,
  readModelConfig,
  type SaveWeightsOptions,
  saveAdapter,
  saveWeights,
} from "./adapter/files.ts";
export { loadTable } from "./data/load-table.ts";
export { loadTokenizer } from "./text/load-tokenizer.ts";
export { fileCheckpoint } from "./train/checkpoint-file.ts";
export { type NodeSessionPool, type NodeSessionsOptions, openNodeSessions } from "./train/sessions.ts";
