/**
 * The loop of a fine-tune: a method asks for losses of minibatches, a session answers by forward passes, and now and then the
 * held-out set is measured and the best parameters are kept. What decides is in the journal: a run that was killed goes on from there
 * bit for bit, evaluations and all.
 */
import type { Method, Progress, Solution } from "../../../src/index.ts";
import {
  Journal,
  minimizeRecorded,
  minimizeRecordedInPlace,
  type RecordedOptions,
} from "../../../src/journal/index.ts";
import type { Session } from "../../../src/onnx/index.ts";
import { flatten, type Parameters, unflatten } from "../../../src/parameters/index.ts";
import { openKernels, type SeededOptions } from "../../../src/run/kernels.ts";
import { minibatches } from "../../data/minibatch.ts";
import { need, needWhole } from "../check.ts";
import type { Batch, Task } from "../task/task.ts";
import { type Answering, type AnsweringOptions, answering } from "./answering.ts";
import { type Checkpoint, memoryCheckpoint } from "./checkpoint.ts";
import { type Evaluation, Evaluations } from "./evaluation.ts";
import { digestOf, type Identity, needSame, noteOnce } from "./identity.ts";
import { downloading, inDevice } from "./in-device.ts";
import { byLength, measure } from "./measure.ts";
import { Watch } from "./watch.ts";

/** Examples in a minibatch, where nothing is said. */
export const BATCH_SIZE = 16;

export interface FitOptions extends AnsweringOptions {
  /** How to minimize: `relizo({ ... })`, `mezo({ ... })`. */
  readonly method: Method;
  /** What the method was made with, for the journal. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Of directions, for methods that run over seeds: kind, rank, and whether a copy of the parameters is kept. */
  readonly directions?: Partial<SeededOptions>;
  /** Examples in a minibatch. Default 16, or all where there are fewer. */
  readonly batchSize?: number;
  /** Steps of the method at most. Default Infinity. */
  readonly maxSteps?: number;
  /** Forward passes over minibatches at most. Default Infinity. */
  readonly maxQueries?: number;
  /** Seconds of this sitting at most. Default Infinity. */
  readonly seconds?: number;
  /** Names the random streams: directions and the order of examples. Default 0. */
  readonly seed?: number;
  /** Steps between two looks at the held-out set. Default a tenth of `maxSteps`, or 100. */
  readonly evaluateEvery?: number;
  /** Evaluations in a row without a better one that end the run. Default Infinity. */
  readonly patience?: number;
  /** Examples a forward pass in evaluations. Default 32. */
  readonly evaluationSize?: number;
  /** What the run depends on beside its options and examples, for the journal: of the model, a digest. */
  readonly identity?: Identity;
  /** Where the run is kept and taken up from. Default nowhere. */
  readonly journal?: Journal;
  /** Where the best parameters are kept. Default in memory. */
  readonly checkpoint?: Checkpoint;
  readonly signal?: AbortSignal;
  readonly onStep?: (step: FitStep) => unknown;
  readonly onEvaluation?: (evaluation: Evaluation, best: boolean) => unknown;
}

/** What is seen of a run after each step. */
export interface FitStep extends Pick<Progress, "step" | "queries" | "value" | "reused" | "seconds"> {
  /** Tokens that forward passes of this sitting have read, padding and placeholders not counted. */
  readonly tokens: number;
  /** Forward passes over minibatches in this sitting: queries that were not in the journal already. */
  readonly passes: number;
}

export interface Fitted {
  readonly outcome: Solution["outcome"] | "patience";
  readonly message: string;
  readonly steps: number;
  readonly queries: number;
  /** Mean loss of each minibatch that was asked in this sitting, over its queries. */
  readonly curve: readonly { readonly step: number; readonly loss: number }[];
  readonly evaluations: readonly Evaluation[];
  /** The best evaluation; undefined without a held-out set. */
  readonly best: Evaluation | undefined;
  /** Whose parameters are left in place: those of the best evaluation, or of the last iterate where nothing was held out or kept. */
  readonly kept: "best" | "last";
  /** sha256 over all queries in order, and of the last iterate. */
  readonly hashes: { readonly trajectory: string; readonly x: string };
}

/**
 * Fine-tunes the parameters bound to a session; they are left at the best evaluation, or at the last iterate where nothing is held
 * out. Where the session has a device of WebGPU, methods over seeds move them there: kernels write into the buffers that the model
 * reads, and they come back where an evaluation is worth keeping, and in the end.
 *
 * @param train  examples with labels
 * @param validation  held-out examples; may be empty
 * @throws RelizoError for wrong options, before a forward pass; JOURNAL for a journal of another run
 */
export async function fit<E>(
  session: Session,
  task: Task<E, unknown>,
  train: readonly E[],
  validation: readonly E[],
  options: FitOptions,
): Promise<Fitted> {
  const { method, maxSteps = Infinity, seed = 0, journal = Journal.nowhere() } = options;
  const parameters = options.stacked?.parameters ?? session.parameters;
  const batchSize = Math.min(options.batchSize ?? BATCH_SIZE, train.length);
  const every = options.evaluateEvery ?? (Number.isFinite(maxSteps) ? Math.ceil(maxSteps / 10) : 100);
  need(train.length > 0, "DATA", "finetune: there must be examples to train on", "none");
  need(parameters.arrays.length > 0, "OPTION", "finetune: parameters must be bound to the session", "none");
  need(
    !session.uploaded,
    "OPTION",
    "finetune: parameters must be bound as arrays; where the session has a device, they are uploaded here",
    "buffers",
  );
  needWhole("finetune: batchSize", batchSize, 1);
  needWhole("finetune: evaluateEvery", every, 1);
  const classes =
    task.classes.length > 0 ? train.map((example) => task.encode([example]).targets[0]!) : undefined;
  const at = minibatches(train.length, batchSize, seed, classes);
  const identity = {
    "number of candidates in a pass (stack)": String(options.stack ?? 1),
    ...options.identity,
    "batch size": String(batchSize),
    "training data": await digestOf(task, train), // what cannot be encoded is refused before a query is spent
  };
  needSame(journal, identity);
  const held = byLength(task, validation);
  const spent = { tokens: 0, passes: 0 };
  const losses = new Map<number, number[]>();

  const trouble = new AbortController();
  const batchOf = last((batch: number): Batch => task.encode(at(batch).map((i) => train[i]!)));
  const { run, lanes, objective, ask, moved } = answering(session, parameters, !!method.over, options, {
    batchOf,
    loss: (batch, logits) => task.loss(batch, logits),
    tell(number, batch, loss) {
      spent.tokens += batch.tokens;
      spent.passes++;
      const own = losses.get(number);
      if (own) own.push(loss);
      else losses.set(number, [loss]);
    },
    failed: (error) => trouble.abort(error),
  });

  const evaluations = new Evaluations(journal);
  const watch = new Watch({
    evaluations,
    checkpoint: downloading(options.checkpoint ?? memoryCheckpoint(), session),
    parameters,
    goal: task.goal,
    patience: options.patience ?? Infinity,
    figures: () => measure(task, held, run, options.evaluationSize ?? 32, lanes),
    onEvaluation: options.onEvaluation,
  });
  const place = (state: Progress["state"]): void => {
    if (method.over) return;
    unflatten(parameters, state.state.x);
    moved();
  };
  const patience = new AbortController();
  if (held.length > 0) await watch.look(0, 0);
  const settings: RunSettings = {
    journal,
    run: "finetune",
    method,
    ...(options.settings && { settings: options.settings }),
    seed,
    maxSteps: Math.min(maxSteps, watch.end),
    maxQueries: options.maxQueries ?? Number.MAX_SAFE_INTEGER,
    seconds: options.seconds ?? Infinity,
    signal: AbortSignal.any(
      [options.signal, patience.signal, trouble.signal].filter((one) => one !== undefined),
    ),
    batch: (step) => step,
    async onStep({ state, step, queries, value, reused, seconds }) {
      await options.onStep?.({ step, queries, value, reused, seconds, ...spent });
      if (held.length > 0 && step % every === 0) {
        place(state);
        await watch.look(step, queries);
      }
      await noteOnce(journal, identity);
      await evaluations.write();
      if (watch.end <= step) patience.abort();
    },
  };
  const solution = method.over
    ? await inPlace(objective, session, parameters, options.directions, settings)
    : await minimizeRecorded(ask, flatten(parameters), settings);
  trouble.signal.throwIfAborted(); // the journal has what was answered before
  const { steps, queries, hashes } = solution;
  place(solution.state);
  if (held.length > 0 && !options.signal?.aborted) await watch.look(steps, queries);
  await evaluations.write();
  const early = watch.end <= steps;
  const kept = (await watch.settle()) ? "best" : "last";
  return {
    outcome: early ? "patience" : solution.outcome,
    message: early ? `${options.patience} evaluations in a row were no better.` : solution.message,
    steps,
    queries,
    curve: [...losses].map(([step, all]) => ({ step, loss: mean(all) })),
    evaluations: evaluations.all,
    best: watch.best,
    kept,
    hashes,
  };
}

type RunSettings = Omit<RecordedOptions, "bounds">;

async function inPlace(
  objective: Answering["objective"],
  session: Session,
  parameters: Parameters,
  directions: FitOptions["directions"],
  settings: RunSettings,
) {
  const { device } = session;
  if (device && typeof objective === "function")
    return inDevice(objective, session, device, directions, settings);
  const kernels = await openKernels();
  try {
    return await minimizeRecordedInPlace(objective, parameters, {
      ...settings,
      space: kernels.seeded(directions),
    });
  } finally {
    kernels.close();
  }
}

/** What a function gave for the number it was asked last. */
function last<T>(make: (number: number) => T): (number: number) => T {
  let known: { readonly number: number; readonly made: T } | undefined;
  return (number) => {
    if (known?.number !== number) known = { number, made: make(number) };
    return known.made;
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
