/** The classifier and the pictures that the flags of `relizo attack` name, or those of the data folder. */
import {
  CIFAR10_NAMES,
  type Classifier,
  type LabelledImages,
  loadClassifier,
  loadImages,
  type PictureShape,
  readNames,
} from "../apps/attack/index.ts";
import { findAll } from "../apps/data/find.ts";
import { wrong } from "./settings.ts";

export interface InputFlags {
  readonly model?: string;
  readonly images?: string;
  readonly labels?: string;
  readonly names?: string;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly outputs?: string;
  readonly size?: string;
  readonly data?: string;
  readonly threads: number;
}

export interface AttackInput {
  readonly classifier: Classifier;
  readonly images: LabelledImages;
  /** Names of the classes; none where they are not known. */
  readonly names: readonly string[];
}

/** @throws RelizoError DATA where a file is missing or wrong, OPTION for a flag that is */
export async function attackInput(flags: InputFlags): Promise<AttackInput> {
  const { mean, std, threads } = flags;
  const outputs = outputsOf(flags.outputs);
  const shape = shapeOf(flags.size);
  const { model, path } = filesFor(flags);
  const classifier = await loadClassifier(model, {
    threads,
    ...(mean && { mean }),
    ...(std && { std }),
    ...(outputs && { outputs }),
    ...(shape && { shape }),
  });
  const images = loadImages(path, classifier.shape, flags.labels);
  return { classifier, images, names: namesFor(flags, classifier.classes) };
}

/** What the flags name, and from the data folder what they do not. */
function filesFor({ model, images, data }: InputFlags): { readonly model: string; readonly path: string } {
  const wanted = [
    ...(model === undefined ? ["vision/cifar10-resnet20.onnx"] : []),
    ...(images === undefined ? ["vision/cifar10-test-1000.bin"] : []),
  ];
  const found = [...findAll(wanted, { data })];
  return { model: model ?? found.shift() ?? "", path: images ?? found.shift() ?? "" };
}

function outputsOf(text: string | undefined): "logits" | "probabilities" | undefined {
  if (text === undefined || text === "logits" || text === "probabilities") return text;
  throw wrong(`--outputs must be logits or probabilities, got ${JSON.stringify(text)}.`);
}

function shapeOf(text: string | undefined): PictureShape | undefined {
  if (text === undefined) return undefined;
  const [, channels, height, width] = (/^([1-9]\d*)x([1-9]\d*)x([1-9]\d*)$/.exec(text) ?? []).map(Number);
  if (channels !== undefined && height !== undefined && width !== undefined)
    return { channels, height, width };
  throw wrong(`--size must be channels x height x width as in 3x32x32, got ${JSON.stringify(text)}.`);
}

function namesFor(flags: InputFlags, classes: number): readonly string[] {
  if (flags.names !== undefined) return readNames(flags.names, classes);
  return flags.images === undefined && classes === CIFAR10_NAMES.length ? CIFAR10_NAMES : [];
}
