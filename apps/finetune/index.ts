/** Fine-tuning from text to loss, wherever JavaScript runs: the names of `relizo/finetune`. */
export type { LabelledImages, PictureShape } from "../attack/images.ts";
export type { ModelConfig } from "./adapter/classes.ts";
export type { TaskType } from "./adapter/config.ts";
export { type AdapterFiles, type EncodeAdapterOptions, encodeAdapter } from "./adapter/encode.ts";
export { type LoadAdapterOptions, type LoadedAdapter, loadAdapter } from "./adapter/load.ts";
export type { NameOptions } from "./adapter/names.ts";
export type { Paths } from "./adapter/paths.ts";
export type { AdapterSource } from "./adapter/read.ts";
export { type ModelWeights, type ModelWeightsOptions, modelWeights } from "./adapter/weights.ts";
export {
  countClasses,
  type Dataset,
  type Example,
  type ExamplesOptions,
  type Labelled,
  readExamples,
  refuseEmptyClass,
} from "./data/examples.ts";
export { perClass, type SplitOptions, split, subset } from "./data/split.ts";
export { type Format, readTable, type Table } from "./data/table.ts";
export { accuracyOf, type ClassCounts, countRight, errorRate } from "./loss/accuracy.ts";
export { type BleuOptions, bleu, type Sequence } from "./loss/bleu.ts";
export { crossEntropy } from "./loss/cross-entropy.ts";
export { editDistance, editRate } from "./loss/edit-distance.ts";
export { binaryF1, binaryF1Loss, f1, macroF1, macroF1Loss } from "./loss/f1.ts";
export type { ClassLossName, SequenceLoss, SequenceLossName } from "./loss/index.ts";
export { klDivergence } from "./loss/kl.ts";
export { logSumExp } from "./loss/log-sum-exp.ts";
export { margin } from "./loss/margin.ts";
export type { ClassLoss, Labels, Scores } from "./loss/scores.ts";
export { type FinetuneReport, finetuneSection } from "./report/section.ts";
export type { ClassPrediction } from "./task/class-task.ts";
export { type HeadOptions, headTask, linearHead } from "./task/head.ts";
export { type ImageExample, type ImageOptions, imageExamples, imageTask } from "./task/image.ts";
export type { InputOptions } from "./task/inputs.ts";
export { type LanguageOptions, languageTask, type TokenPrediction } from "./task/language.ts";
export { type PenaltyOptions, withPenalty } from "./task/penalty.ts";
export { type PromptOptions, promptTask } from "./task/prompt.ts";
export { gatherRows, stacked } from "./task/rows.ts";
export type { Batch, ClassFigures, Feed, Metrics, Tally, Task } from "./task/task.ts";
export { byteBpeJson } from "./text/byte-bpe.ts";
export { llama2cJson } from "./text/llama2c.ts";
export { createTokenizer, type Json, type SpecialIds, type Tokenizer } from "./text/tokenizer.ts";
export { type WordPieceOptions, wordPieceJson } from "./text/wordpiece.ts";
export type { AnsweringOptions } from "./train/answering.ts";
export { type Checkpoint, memoryCheckpoint } from "./train/checkpoint.ts";
export { browserCheckpoint } from "./train/checkpoint-browser.ts";
export { type Evaluation, figuresLine } from "./train/evaluation.ts";
export {
  type FinetuneData,
  type Finetuned,
  type FinetuneOptions,
  finetune,
} from "./train/finetune.ts";
export { type FitOptions, type FitStep, type Fitted, fit } from "./train/fit.ts";
export { type Forward, type ForwardOptions, forward } from "./train/forward.ts";
export { byLength, measure } from "./train/measure.ts";
export { lanesOf, type Placing, type Seat, type SessionPool } from "./train/pool.ts";
export {
  inputsOf,
  type Prepared,
  type PrepareOptions,
  prepare,
  TUNINGS,
  type TuneOptions,
  type Tuning,
} from "./train/prepare.ts";
export { startOfRun } from "./train/recorded-tuning.ts";
export type { StackForm } from "./train/stack.ts";
