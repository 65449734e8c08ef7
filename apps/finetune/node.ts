/** What of fine-tuning reads files: the names of `relizo/finetune/node`. */
export { loadTable } from "./data/load-table.ts";
export { loadTokenizer } from "./text/load-tokenizer.ts";
