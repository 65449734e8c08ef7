/** What `relizo finetune` teaches: by a prompt and words, by a head, the language itself, or pictures. */
import {
  type Dataset,
  type Example,
  headTask,
  type InputOptions,
  languageTask,
  promptTask,
  refuseEmptyClass,
  type Task,
  type Tokenizer,
} from "../../apps/finetune/index.ts";
import { wrong } from "../settings.ts";
import type { Flags } from "./flags.ts";

export type TextTask = Exclude<NonNullable<Flags["task"]>, "image">;

/** The task that the flags name, or that they suggest: words are asked for by a prompt. */
export function taskKind({ task, words, template }: Flags): NonNullable<Flags["task"]> {
  const kind = task ?? (words ? "prompt" : template ? undefined : "head");
  if (kind === undefined)
    throw wrong(
      "a template wants --words, the label word of each class in order, such as --words terrible,great; or say --task head or --task lm.",
    );
  if (kind === "prompt" && !words)
    throw wrong(
      "--task prompt needs --words: the label word of each class in order, such as terrible,great.",
    );
  if (kind !== "prompt" && words) throw wrong(`--words go with --task prompt, not with --task ${kind}.`);
  return kind;
}

/** The name of the output that a head gives in the graph, and how many classes it has. */
export function textTask(
  flags: Flags,
  kind: TextTask,
  tokenizer: Tokenizer,
  train: Dataset,
): (inputs: InputOptions) => Task<Example, unknown> {
  const { classes } = train;
  const first = Object.keys(train.examples[0]?.fields ?? {})[0] ?? "text";
  const loss = flags.loss === undefined ? {} : { loss: flags.loss as never }; // a name that there is not is refused by the task
  if (kind === "lm")
    return (inputs) => languageTask(tokenizer, inputs, { text: flags.template ?? `{${first}}`, ...loss });
  refuseEmptyClass(train);
  if (kind === "prompt") {
    const words = flags.words ?? [];
    const template = flags.template ?? `{${first}} It was`;
    return (inputs) => promptTask(tokenizer, inputs, { template, classes, words, ...loss });
  }
  // The graph pools and puts out one row an example, whichever token it is of.
  const template = flags.template ?? `{${first}}`;
  return (inputs) => headTask(tokenizer, inputs, { template, classes, pool: pooledAt(inputs), ...loss });
}

/** Where padding is at the end, an encoder closes its texts and a decoder does not. */
function pooledAt({ inputs }: InputOptions): "first" | "last" {
  return inputs.includes("token_type_ids") ? "first" : "last";
}
