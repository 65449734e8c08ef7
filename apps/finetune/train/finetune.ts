/** A fine-tune from a model and examples to an adapter, in one call. */
import { createMethod, type MethodName } from "../../../src/index.ts";
import { bake, encodeModel, type OnnxModel, type Session } from "../../../src/onnx/index.ts";
import type { Parameters } from "../../../src/parameters/index.ts";
import { need } from "../check.ts";
import type { InputOptions } from "../task/inputs.ts";
import type { Task } from "../task/task.ts";
import { defaultsOf } from "./defaults.ts";
import { type FitOptions, type Fitted, fit } from "./fit.ts";
import { digest } from "./identity.ts";
import { inputsOf, prepare, type TuneOptions } from "./prepare.ts";

export interface FinetuneData<E> {
  readonly train: readonly E[];
  /** Held out, to choose the best parameters by. Default none: the last are taken. */
  readonly validation?: readonly E[];
}

export interface FinetuneOptions<E>
  extends TuneOptions,
    Omit<FitOptions, "method" | "settings" | "forward" | "seed" | "stacked"> {
  /** The task for inputs laid out as the cut model takes them: `(inputs) => promptTask(tokenizer, inputs, { ... })`. */
  readonly task: (inputs: InputOptions) => Task<E, unknown>;
  /** Opens a session: `(model) => openNodeSession(model)`, from "relizo/onnx/node". */
  readonly open: (model: OnnxModel) => Promise<Session>;
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
  const { stack = 1 } = options;
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
      method,
      settings,
      forward: prepared.forward,
      ...(form && { stacked: { parameters, form } }),
      identity: { ...options.identity, model: await digest(encodeModel(prepared.model)) },
    });
    return { ...fitted, parameters, adapted, merged: () => bake(adapted, parameters) };
  } finally {
    await session.close();
  }
}
