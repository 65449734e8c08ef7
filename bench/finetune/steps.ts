/** The time of a fine-tune's steps over that of the forward passes they need: bare runs of the runtime on the same batches. */
import * as ort from "onnxruntime-node";
import { minibatches } from "../../apps/data/minibatch.ts";
import {
  type Batch,
  type Example,
  type FitStep,
  fit,
  inputsOf,
  prepare,
  promptTask,
  type Task,
  type TuneOptions,
} from "../../apps/finetune/index.ts";
import { createMethod, type MethodName } from "../../src/index.ts";
import { encodeModel, keepOutputs, type OnnxModel, selectRows } from "../../src/onnx/index.ts";
import { openNodeSession } from "../../src/onnx/session/node.ts";
import { agree } from "../compare.ts";
import type { Subject } from "./models.ts";

export interface StepCase extends TuneOptions {
  readonly subject: Subject;
  readonly examples: readonly Example[];
  readonly maxLength: number;
  readonly optimizer: MethodName;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly steps: number;
  readonly threads: number;
  /** Whether a copy of the parameters is kept. Default true. */
  readonly copy?: boolean;
}

export interface StepFigures {
  /** Forward passes a step. */
  readonly passes: number;
  /** Tokens a pass, padding not counted. */
  readonly tokens: number;
  /** Medians over steps, of one step and of as many bare runs [ms]. */
  readonly step: number;
  readonly base: number;
  /** Medians over steps, each step over the runs right after it. */
  readonly overBase: number;
  readonly overCut: number;
  readonly overExported: number;
}

const BATCH = 16;
const SEED = 1;

/** Weights that are fed are not folded into others when the model is opened: sums are of another order. */
const WITHIN = 1e-5;

/** Time of all cores together [ms]: on a machine with other work it says what the run took itself. */
function clock(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** One run of the runtime on a batch. */
type Bare = (batch: Batch) => Promise<Float32Array>;

/**
 * After each step of a run come its passes over again, on the same batch: by the exported model with as few outputs and rows as the
 * step needs, by the model whose inputs train, and by the exported model as it is. Their logits agree before anything moves.
 */
export async function stepFigures(one: StepCase): Promise<StepFigures> {
  const { subject, examples, maxLength, optimizer, settings, steps, threads, copy = true } = one;
  const model = await subject.read();
  const open = (cut: OnnxModel) => openNodeSession(cut, { threads });
  const prepared = await prepare(model, open, { ...one, seed: SEED });
  const session = await open(prepared.model);
  session.bind(prepared.parameters);
  const task = promptTask(subject.tokenizer, inputsOf(prepared, maxLength), {
    template: "{sentence} It was",
    classes: ["0", "1"],
    words: ["terrible", "great"],
  });
  const lean = selectRows(keepOutputs(model, ["logits"]), { output: "logits" }).model;
  const base = await bareRuns(lean, threads);
  const exported = await bareRuns(model, threads);
  const cut = await bareRuns(prepared.model, threads, prepared.parameters);
  const at = minibatches(examples.length, BATCH, SEED);
  const batchOf = (step: number): Batch => task.encode(at(step).map((i) => examples[i]!));
  const learned = one.tune === "prompt" || one.tune === "prefix";
  const [first, plain] = [batchOf(0), withoutPlaceholders(batchOf(0))];
  if (!learned)
    await agree(`${subject.name}, ${one.tune}`, { base: () => base(plain), cut: () => cut(first) }, WITHIN);
  const rows: { step: number; base: number; cut: number; exported: number; passes: number }[] = [];
  let [passes, tokens] = [0, 0];
  let began = Number.NaN;
  const method = createMethod(optimizer, settings);
  await fit(session, task as Task<Example, unknown>, examples, [], {
    method,
    batchSize: BATCH,
    maxSteps: steps,
    seed: SEED,
    forward: prepared.forward,
    directions: { copy },
    async onStep(step: FitStep) {
      const took = clock() - began;
      const needed = step.passes - passes;
      passes = step.passes;
      tokens = step.tokens;
      const batch = batchOf(step.step - 1);
      const bare = withoutPlaceholders(batch);
      const time = async (run: Bare, given: Batch): Promise<number> => {
        await run(given); // its weights are in the cache then, as they are for a step after its first pass
        const from = clock();
        for (let i = 0; i < needed; i++) await run(given);
        return clock() - from;
      };
      const turns = {
        base: () => time(base, bare),
        cut: () => time(cut, batch),
        exported: () => time(exported, bare),
      };
      const names = Object.keys(turns) as (keyof typeof turns)[];
      const found = { base: 0, cut: 0, exported: 0 };
      for (let i = 0; i < 3; i++) {
        const name = names[(i + step.step) % 3]!;
        found[name] = await turns[name]();
      }
      if (step.step > 3) rows.push({ ...found, step: took, passes: needed }); // the code is compiled then
      began = clock();
    },
  });
  await session.close();
  const middle = (of: (row: (typeof rows)[number]) => number): number =>
    rows.map(of).sort((a, b) => a - b)[rows.length >> 1]!;
  return {
    passes: middle((row) => row.passes),
    tokens: tokens / passes,
    step: middle((row) => row.step),
    base: middle((row) => row.base),
    overBase: middle((row) => row.step / row.base),
    overCut: middle((row) => row.step / row.cut),
    overExported: middle((row) => row.step / row.exported),
  };
}

/** Ordinary tokens where learned ones are asked for: sequences of the same length, for models that know no others. */
function withoutPlaceholders(batch: Batch): Batch {
  const ids = batch.feeds.input_ids!;
  if (batch.front === 0) return batch;
  const [count, length] = ids.dims as [number, number];
  const data = BigInt64Array.from(ids.data as BigInt64Array);
  for (let i = 0; i < count; i++) for (let t = 0; t < batch.front; t++) data[i * length + t] = BigInt(5 + t);
  return { ...batch, feeds: { ...batch.feeds, input_ids: { ...ids, data } } };
}

/** The runtime itself, with its own defaults: tensors are made before the clock runs, and no result is looked at. */
async function bareRuns(
  model: OnnxModel,
  threads: number,
  bound: Iterable<{ name: string; shape: readonly number[]; data: Float32Array }> = [],
): Promise<Bare> {
  const folder = model.external?.folder;
  const session = await ort.InferenceSession.create(encodeModel(model), {
    intraOpNumThreads: threads,
    logSeverityLevel: 4,
    ...(folder !== undefined && {
      extra: { session: { model_external_initializers_file_folder_path: folder } },
    }),
  });
  const fixed: Record<string, ort.Tensor> = {};
  for (const { name, shape, data } of bound) fixed[name] = new ort.Tensor("float32", data, [...shape]);
  let known: { readonly batch: Batch; readonly feeds: Record<string, ort.Tensor> } | undefined;
  return async (batch) => {
    if (known?.batch !== batch) known = { batch, feeds: { ...fixed, ...tensors(session, batch) } };
    const { logits } = await session.run(known.feeds, session.outputNames);
    return logits!.data as Float32Array;
  };
}

/** A batch as the runtime takes it, without a past. */
export function tensors(session: ort.InferenceSession, { feeds, rows }: Batch): Record<string, ort.Tensor> {
  const out: Record<string, ort.Tensor> = {};
  const count = feeds.input_ids!.dims[0]!;
  for (const about of session.inputMetadata) {
    const feed = feeds[about.name];
    if (feed) out[about.name] = new ort.Tensor("int64", feed.data as BigInt64Array, [...feed.dims]);
    else if (about.name === "row_positions")
      out[about.name] = new ort.Tensor("int64", rows, [rows.length / 2, 2]);
    else if (about.name.startsWith("past_key_values") && about.isTensor) {
      const dims = about.shape.map((n, i) => (i === 0 ? count : i === 2 ? 0 : Number(n)));
      out[about.name] = new ort.Tensor("float32", new Float32Array(0), dims);
    }
  }
  return out;
}
