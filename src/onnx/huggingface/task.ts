/** What a model is for, by the names that Hugging Face has for it. */
import { oneOf, type Rule } from "../../option.ts";
import type { Config } from "./config.ts";

/** "feature-extraction" is the model without a head: its output is `last_hidden_state`. */
export type Task = "text-generation" | "fill-mask" | "text-classification" | "feature-extraction";

export const taskRule: Rule<Task | "auto"> = oneOf<Task | "auto">("auto", [
  "auto",
  "text-generation",
  "fill-mask",
  "text-classification",
  "feature-extraction",
]);

const CLASSES: readonly (readonly [RegExp, Task])[] = [
  [/(?:ForCausalLM|LMHeadModel)$/, "text-generation"],
  [/(?:ForMaskedLM|ForPreTraining)$/, "fill-mask"],
  [/ForSequenceClassification$/, "text-classification"],
  [/Model$/, "feature-extraction"],
];

/**
 * The task asked for, or the one that the class in `architectures` is for.
 *
 * @param able  tasks that the architecture has
 * @throws RelizoError DATA when there is none, or the architecture does not have it
 */
export function taskOf(config: Config, asked: Task | "auto", able: readonly Task[]): Task {
  const name = config.texts("architectures")[0] ?? "";
  const task = asked === "auto" ? CLASSES.find(([ending]) => ending.test(name))?.[1] : asked;
  if (task !== undefined && able.includes(task)) return task;
  const what = asked === "auto" ? "architectures" : "model_type";
  const wrong =
    asked === "auto" ? "which tells no task that can be built; give" : `which has no ${asked}; its`;
  throw config.refusal(what, `${wrong} task: ${able.map((one) => `"${one}"`).join(", ")}`);
}
