/** A fine-tune from a model and examples to an adapter, in one call. */
import { createMethod, type MethodName } from "../../../src/index.ts";
import { bake, encodeModel, type OnnxModel, type Session } from "../../../src/onnx/index.ts";
import type { Parameters } from "../../../src/parameters/index.ts";
import { need } from "../check.ts";
import type { InputOptions } from "../task/inputs.ts";
import type { Task } from "../task/task.ts";
import { defaultsOf } from "./defaults.ts";
import { BATCH_SIZE, type FitOptions, type Fitted, fit } from "./fit.ts";
import { digest } from "./identity.ts";
import { inputsOf, prepare, type TuneOptions, takesStack } from "./prepare.ts";
import { tuningText } from "./recorded-tuning.ts";

export interface FinetuneData<E> {
  readonly train: readonly E[];
  /** Held out, to choose the best parameters by. Default none: the last are taken. */
  readonly validation?: readonly E[];
}

export interface FinetuneOptions<E>
  extends TuneOptions,
    Omit<FitOptions, "method" | "settings" | "forward" | "seed" | "stacked" | "stack"> {
  /** The task for inputs laid out as the cut model takes them: `(inputs) => promptTask(tokenizer, inputs, { ... })`. */
  readonly task: (inputs: InputOptions) => Task<E, unknown>;
  /** Opens a session: `(model) => openNodeSession(model)`, from "relizo/onnx/node". */
  readonly open: (model: OnnxModel) => Promise<Session>;
  /**
   * Most candidates of a round in one forward pass, of lora and prompt without a head. "auto": as many as make up eight examples with
   * the minibatches, beyond which a processor gains nothing by it. Default 1.
   */
  readonly stack?: number | "auto";
  /** Positions that the model has, learned tokens included. Default 128. */
  readonly maxLength?: number;
  /** Default "relizo". */
  readonly optimizer?: MethodName;
  /** Options of the optimizer, over those that fit what is tuned. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface Finetuned extends Fitted {
  /** What was trained, by name. */
  readonly parameters: Parameters;
  /** The model that takes them as inputs. */
  readonly adapted: OnnxModel;
  /** The plain model with them merged in. */
  merged(): Promise<OnnxModel>;
}

/**
 * Adapts a model by forward passes alone.
 *
 * @throws RelizoError for wrong options, data that cannot be encoded, and graphs that cannot be cut: before a forward pass
 */
export async function finetune<E>(
  model: OnnxModel,
  { train, validation = [] }: FinetuneData<E>,
  options: FinetuneOptions<E>,
): Promise<Finetuned> {
  const { open, task, maxLength, optimizer = "relizo", settings: own = {}, tune } = options;
  need(typeof open === "function", "OPTION", "finetune: open must be a function that opens a session", open);
  need(typeof task === "function", "OPTION", "finetune: task must be a function of inputs", task);
  const stack = stackOf(options, train.length);
  const prepared = await prepare(model, open, { ...options, stackable: stack > 1 });
  const made = task(inputsOf(prepared, maxLength));
  const settings = { ...defaultsOf(optimizer, tune), ...own };
  const method = createMethod(optimizer, settings);
  const session = await open(prepared.model);
  try {
    const { parameters, adapted, form } = prepared;
    if (!form) session.bind(parameters);
    const fitted = await fit(session, made, train, validation, {
      ...options,
      stack,
      method,
      settings,
      forward: prepared.forward,
      ...(form && { stacked: { parameters, form } }),
      identity: {
        ...options.identity,
        tuning: tuningText(options),
        model: await digest(encodeModel(prepared.model)),
      },
    });
    return { ...fitted, parameters, adapted, merged: () => bake(adapted, parameters) };
  } finally {
    await session.close();
  }
}

/** Examples in a pass up to which a processor gains by more of them. */
const WORTH = 8;

/** The same in every sitting, whatever machine it is: a journal is of one number. */
function stackOf(
  {
    stack = 1,
    batchSize = BATCH_SIZE,
    ...tuned
  }: Pick<FinetuneOptions<never>, "stack" | "batchSize" | "tune" | "classes">,
  examples: number,
): number {
  if (stack !== "auto") return stack;
  return takesStack(tuned) ? Math.max(1, Math.floor(WORTH / Math.min(batchSize, examples))) : 1;
}
