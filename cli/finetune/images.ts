/** Pictures for `relizo finetune --task image`, as the model's own input wants them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type ImageExample,
  type InputOptions,
  imageExamples,
  imageTask,
  type Task,
} from "../../apps/finetune/index.ts";
import { loadImages } from "../../apps/finetune/node.ts";
import type { OnnxModel } from "../../src/onnx/index.ts";
import { wrong } from "../settings.ts";
import type { Read } from "./data.ts";
import type { Flags } from "./flags.ts";

interface Layout {
  readonly input: string;
  readonly shape: { readonly channels: number; readonly height: number; readonly width: number };
  readonly output: string;
  readonly classes: readonly string[];
}

export interface ImageWork {
  readonly read: Read<ImageExample>;
  readonly task: (inputs: InputOptions) => Task<ImageExample, unknown>;
  /** The output that holds the logits. */
  readonly output: string;
}

/** What pictures are normalized by where nothing is said: ImageNet's figures for three channels. */
const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

export function imageWork(flags: Flags, model: OnnxModel): ImageWork {
  const { input, shape, output, classes } = layoutOf(model);
  const usual = shape.channels === 3 ? IMAGENET : { mean: [0.5], std: [1] };
  const mean = perChannel("--mean", flags.mean ?? usual.mean, shape.channels);
  const deviation = perChannel("--std", flags.std ?? usual.std, shape.channels);
  const loss = flags.loss === undefined ? {} : { loss: flags.loss as never }; // a name that there is not is refused by the task
  return {
    output,
    read(path) {
      const beside = join(path, "labels.txt");
      const labels = path === flags.data ? flags.labels : undefined;
      const found = labels ?? (existsSync(beside) ? beside : undefined);
      const examples = imageExamples(loadImages(path, shape, found));
      const alien = examples.find(({ label = 0 }) => label >= classes.length);
      if (alien)
        throw wrong(
          `"${path}" has a picture of class ${alien.label}; the model's output "${output}" has ${classes.length} classes, from 0.`,
        );
      return { name: path, examples, classes };
    },
    task: () => imageTask({ input, shape, classes, scale: 1 / 255, mean, deviation, ...loss }),
  };
}

function layoutOf({ proto }: OnnxModel): Layout {
  const [input, ...others] = (proto.graph?.input ?? []).map((value) => ({
    name: value.name,
    shape: dims(value),
  }));
  const [channels, height, width] = input?.shape.slice(1) ?? [];
  const output = proto.graph?.output[0];
  const classes = output && dims(output)[1];
  if (input?.shape.length === 4 && channels && height && width && others.length === 0 && output && classes)
    return {
      input: input.name,
      shape: { channels, height, width },
      output: output.name,
      classes: Array.from({ length: classes }, (_, i) => String(i)),
    };
  throw wrong(
    `--task image needs a model with one input [batch, channels, height, width] of stated size and logits [batch, classes]; this one takes ${input ? `"${input.name}" [${input.shape.map((n) => n ?? "?").join(", ")}]` : "nothing"}${others.length > 0 ? ` and ${others.length} more` : ""}.`,
  );
}

/** Extents as the graph states them; undefined where they are open. */
function dims({ type }: NonNullable<OnnxModel["proto"]["graph"]>["input"][number]): (number | undefined)[] {
  const tensor = type?.value.case === "tensorType" ? type.value.value : undefined;
  return (tensor?.shape?.dim ?? []).map(({ value }) =>
    value.case === "dimValue" ? Number(value.value) : undefined,
  );
}

function perChannel(flag: string, given: readonly number[], channels: number): readonly number[] {
  const values = given.length === 1 ? Array.from({ length: channels }, () => given[0]!) : given;
  if (values.length === channels && values.every(Number.isFinite)) return values;
  throw wrong(`${flag} must be one number, or one for each of ${channels} channels, got ${given.join(",")}.`);
}
