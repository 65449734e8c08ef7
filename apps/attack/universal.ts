/**
 * One perturbation for many pictures against a classifier that only answers: the universal attack, by any method of the
 * registry.
 *
 * @source Chen, Liu, Xu, Li, Lin, Hong, Cox, "ZO-AdaMM", NeurIPS 2019, universal attack, and its
 *   code: lambda 10, ten directions, pixels in [-0.5, 0.5]; ReLIZO, NeurIPS 2024, black-box attack: 100 pictures, kappa 0
 * @differs every attacked picture is clipped by itself (see box.ts); the margin is a difference of logits, so that it does not
 *   level off where the true class is all but certain
 */
import {
  type BatchObjective,
  batched,
  createMethod,
  type Method,
  type MethodName,
  type MethodOptions,
  methodRules,
  minimize,
  type Outcome,
} from "../../src/index.ts";
import { minibatches } from "../data/minibatch.ts";
import { boxFor } from "./box.ts";
import { type Classifier, correctOnes, toPixels } from "./classifier.ts";
import { type LabelledImages, pick, pixelsIn } from "./images.ts";
import { attackObjective, type Effect, effectOf, squareNorm, type Victims } from "./objective.ts";
import { type AttackSetting, type Look, readSetting, type UniversalOptions } from "./options.ts";
import { rateFor, settingsOf } from "./settings.ts";

/** What one method reached. */
export interface MethodRun extends Effect {
  readonly method: MethodName;
  /** Its settings for this attack. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly hold: number;
  /** What a reader of the figures must know. */
  readonly note?: string;
  /** The perturbation: d = C * H * W numbers, in pixels of [-0.5, 0.5]. */
  readonly delta: Float64Array;
  /** |delta|. */
  readonly l2: number;
  readonly queries: number;
  readonly steps: number;
  readonly seconds: number;
  readonly outcome: Outcome;
  readonly message: string;
  readonly looks: readonly Look[];
}

export interface UniversalResult {
  readonly classifier: Classifier;
  /** The pictures attacked, all of them classified right when clean. */
  readonly images: LabelledImages;
  /** Pictures looked at to find them. */
  readonly seen: number;
  readonly setting: AttackSetting;
  /** Queries each method might spend; a query is the loss of one perturbation on one minibatch. */
  readonly budget: number;
  readonly runs: readonly MethodRun[];
  /** Methods whose effect is not known, because the classifier or an observer threw. */
  readonly failures: readonly Failure[];
}

export interface Failure {
  readonly method: MethodName;
  /** What was thrown, as it came where it was an Error. */
  readonly error: Error;
}

/**
 * Attacks by one method after the other, each from delta = 0 with the same budget of queries. What is thrown while a method
 * runs ends this method alone.
 *
 * @throws RelizoError before a query is spent: OPTION for a wrong option, SHAPE or VALUE for pictures that do not fit
 */
export async function universalAttack(options: UniversalOptions): Promise<UniversalResult> {
  const asked = readSetting(options);
  const { classifier, signal } = options;
  const { indices, seen } = await correctOnes(classifier, options.images, asked.count);
  const images = pick(options.images, indices);
  const setting = { ...asked, count: indices.length, batch: Math.min(asked.batch, indices.length) };
  const victims = { pixels: toPixels(images.pixels), labels: images.labels };
  const budget = setting.iterations * (setting.samples + 1);
  const candidates = setting.methods.map((name) => prepare(name, setting)); // a wrong option throws before the first query
  const runs: MethodRun[] = [];
  const failures: Failure[] = [];
  for (const candidate of candidates) {
    if (signal?.aborted) break;
    try {
      runs.push(await runMethod(candidate, options, setting, victims, budget));
    } catch (error) {
      failures.push({
        method: candidate.name,
        error: error instanceof Error ? error : new Error(String(error)),
      });
    }
  }
  return { classifier, images, seen, setting, budget, runs, failures };
}

/** A method, set up. */
interface Candidate {
  readonly name: MethodName;
  readonly method: Method;
  readonly options: Readonly<Record<string, unknown>>;
  readonly hold: number;
  readonly note?: string;
}

function prepare<N extends MethodName>(name: N, setting: AttackSetting): Candidate {
  const { hold = 1, note } = settingsOf(name);
  const options = optionsFor(name, setting);
  return {
    name,
    method: createMethod(name, options),
    options,
    hold: setting.hold ?? hold,
    ...(note !== undefined && { note }),
  };
}

async function runMethod(
  { name, method, options, hold, note }: Candidate,
  { classifier, signal, onProgress }: UniversalOptions,
  setting: AttackSetting,
  victims: Victims,
  budget: number,
): Promise<MethodRun> {
  const d = pixelsIn(classifier.shape);
  const looks: Look[] = [];
  let waiting: { readonly queries: number; readonly delta: Float64Array } | undefined;
  const look = async (queries: number, delta: Float64Array): Promise<Effect> => {
    const effect = await effectOf(classifier, victims, delta, setting);
    const l2 = Math.sqrt(squareNorm(delta));
    looks.push({ queries, loss: effect.loss, success: effect.success, l2 });
    return effect;
  };
  const minibatch = minibatches(victims.labels.length, setting.batch, setting.seed);
  const ask = attackObjective(classifier, victims, minibatch, setting);
  const answer: BatchObjective = async (points, context) => {
    if (waiting) await look(waiting.queries, waiting.delta); // a step ended; the model is free to be asked only here
    waiting = undefined;
    return ask(points, context);
  };
  let last: Promise<unknown> = Promise.resolve();
  const began = performance.now();
  await look(0, new Float64Array(d));
  const solution = await minimize(
    batched((points, context) => {
      const answering = Promise.resolve(answer(points, context));
      last = answering.catch(() => {});
      return answering;
    }),
    new Float64Array(d),
    {
      method,
      seed: setting.seed,
      bounds: boxFor(setting.box, victims.pixels, d),
      maxQueries: budget,
      batch: (step) => Math.floor(step / hold),
      ...(signal && { signal }),
      onStep: ({ queries, state }) => {
        if (queries >= (looks.at(-1)?.queries ?? 0) + budget / setting.looks)
          waiting = { queries, delta: state.state.x };
        const seen = looks.at(-1);
        onProgress?.({ method: name, queries, budget, ...(seen && { look: seen }) });
      },
    },
  );
  await last; // an aborted run does not wait for its last batch, but the model answers one caller at a time
  const effect = await look(solution.queries, solution.x);
  const { queries, steps, outcome, message, x: delta } = solution;
  return {
    ...effect,
    method: name,
    options,
    hold,
    ...(note !== undefined && { note }),
    delta,
    l2: Math.sqrt(squareNorm(delta)),
    queries,
    steps,
    seconds: (performance.now() - began) / 1000,
    outcome,
    message,
    looks,
  };
}

/** What the setting says for all methods, as far as this one has such an option and no meaning of its own for it. */
function optionsFor<N extends MethodName>(
  name: N,
  { samples, radius, lr, iterations }: AttackSetting,
): Partial<MethodOptions[N]> {
  const rules = methodRules(name);
  const known = (given: Readonly<Record<string, number>>): object =>
    Object.fromEntries(Object.entries(given).filter(([key]) => Object.hasOwn(rules, key)));
  const own = settingsOf(name);
  const options: Partial<MethodOptions[N]> = own.options ?? {};
  const rate = lr ?? (own.lr === undefined ? undefined : rateFor(own.lr, iterations));
  return { ...known({ samples, radius }), ...options, ...(rate !== undefined && known({ lr: rate })) };
}
