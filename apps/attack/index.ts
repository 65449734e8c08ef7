/** Black-box attacks on image classifiers: the names of `relizo/attack`. */
export type {
  Block,
  Cell,
  Chart,
  Curve,
  Picture,
  Pictures,
  Prose,
  Section,
  Table,
} from "../report/section.ts";
export type { BoxKind } from "./box.ts";
export type { Classifier } from "./classifier.ts";
export type { LabelledImages, PictureShape } from "./images.ts";
export { CIFAR10_NAMES, loadImages, readNames } from "./load-images.ts";
export type { Effect } from "./objective.ts";
export { type ClassifierOptions, loadClassifier, type Outputs } from "./onnx.ts";
export type { AttackProgress, AttackSetting, Look, UniversalOptions } from "./options.ts";
export { attackSection, attackSheet, bestRun, shortfalls } from "./report.ts";
export { type Failure, type MethodRun, type UniversalResult, universalAttack } from "./universal.ts";
