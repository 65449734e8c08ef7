/** The options of the universal attack, read once: an unknown or impossible value throws before a query is spent. */
import { type MethodName, methodNames, RelizoError } from "../../src/index.ts";
import type { BoxKind } from "./box.ts";
import type { Classifier } from "./classifier.ts";
import type { LabelledImages } from "./images.ts";

export interface UniversalOptions {
  readonly classifier: Classifier;
  /** Labelled pictures of the size the classifier takes; the first `count` that it gets right are attacked. */
  readonly images: LabelledImages;
  /** Pictures attacked together. Default 100. */
  readonly count?: number;
  /** Default: all there are. */
  readonly methods?: readonly MethodName[];
  /** The budget: every method gets iterations * (samples + 1) queries. Default 2000. */
  readonly iterations?: number;
  /** Pictures in a minibatch. Default 10. */
  readonly batch?: number;
  /** Weight of the margins against |delta|^2. Default 10. */
  readonly lambda?: number;
  /** How sure of a wrong class the classifier shall be, in log-probability. Default 0. */
  readonly kappa?: number;
  /** Smoothing radius: root mean square of a displacement's entries, in pixels of [-0.5, 0.5]. Default 0.005. */
  readonly radius?: number;
  /** Directions behind one estimate: q. Default 10. */
  readonly samples?: number;
  /** Names all random numbers. Default 0. */
  readonly seed?: number;
  /** Learning rate, in place of each method's own. */
  readonly lr?: number;
  /** Steps for which a minibatch is kept, in place of each method's own; Infinity keeps one for the whole run. */
  readonly hold?: number;
  /** Where the perturbation may lie. Default "clip". */
  readonly box?: BoxKind;
  /** Looks at all pictures along the way, for the curves. Default 25. */
  readonly looks?: number;
  /** Ends the method under way and leaves out those after it. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: AttackProgress) => void;
}

/** How far one method is. */
export interface AttackProgress {
  readonly method: MethodName;
  readonly queries: number;
  /** Queries each method may spend. */
  readonly budget: number;
  /** The last look at all pictures, once there is one. */
  readonly look?: Look;
}

/** One look at what a perturbation does to all pictures; looks are not counted as queries. */
export interface Look {
  readonly queries: number;
  readonly loss: number;
  /** Part of the pictures no longer classified as labelled. */
  readonly success: number;
  /** |delta|, in pixels of [-0.5, 0.5]. */
  readonly l2: number;
}

/** The options with every default filled in. */
export type AttackSetting = Required<
  Pick<
    UniversalOptions,
    | "count"
    | "methods"
    | "iterations"
    | "batch"
    | "lambda"
    | "kappa"
    | "radius"
    | "samples"
    | "seed"
    | "box"
    | "looks"
  >
> &
  Pick<UniversalOptions, "lr" | "hold">;

/** @throws RelizoError OPTION with the option, its value and its range */
export function readSetting(options: UniversalOptions): AttackSetting {
  checkGiven(options);
  const { methods = methodNames, box = "clip", lr, hold } = options;
  if (!Array.isArray(methods) || methods.length === 0) throw wrong("methods", "at least one method", "none");
  const twice = methods.find((name, i) => methods.indexOf(name) !== i);
  if (twice !== undefined) throw wrong("methods", "each given once", `${twice} twice`);
  for (const name of methods)
    if (!methodNames.includes(name)) throw wrong("methods", `of ${methodNames.join(", ")}`, String(name));
  if (box !== "clip" && box !== "intersection") throw wrong("box", '"clip" or "intersection"', String(box));
  const positive = (key: "lambda" | "radius", fallback: number): number =>
    inRange(key, options[key] ?? fallback, (value) => value > 0, "a positive number");
  const whole = (key: "count" | "iterations" | "batch" | "samples" | "looks", fallback: number): number =>
    inRange(key, options[key] ?? fallback, (value) => isWhole(value) && value >= 1, "a whole number from 1");
  return {
    methods,
    box,
    count: whole("count", 100),
    iterations: whole("iterations", 2000),
    batch: whole("batch", 10),
    samples: whole("samples", 10),
    looks: whole("looks", 25),
    lambda: positive("lambda", 10),
    radius: positive("radius", 0.005),
    kappa: inRange("kappa", options.kappa ?? 0, (value) => value >= 0, "a number from 0"),
    seed: inRange(
      "seed",
      options.seed ?? 0,
      (value) => isWhole(value) && value >= 0,
      "a whole number from 0",
    ),
    ...(lr !== undefined && { lr: inRange("lr", lr, (value) => value > 0, "a positive number") }),
    ...(hold !== undefined && {
      hold: inRange(
        "hold",
        hold,
        (value) => value >= 1 && (isWhole(value) || value === Infinity),
        "a whole number from 1, or Infinity",
      ),
    }),
  };
}

/** Every option there is; the compiler sees to it that none lacks. */
const KNOWN: { readonly [K in keyof Required<UniversalOptions>]: true } = {
  classifier: true,
  images: true,
  count: true,
  methods: true,
  iterations: true,
  batch: true,
  lambda: true,
  kappa: true,
  radius: true,
  samples: true,
  seed: true,
  lr: true,
  hold: true,
  box: true,
  looks: true,
  signal: true,
  onProgress: true,
};

/** For callers without a compiler: a misspelt option must not be ignored, nor a missing one end in a TypeError. */
function checkGiven(options: UniversalOptions): void {
  const { classifier, images }: Partial<UniversalOptions> = options ?? {};
  if (typeof classifier?.scores !== "function" || !classifier.shape)
    throw wrong("classifier", "an object with name, shape, classes and scores", String(classifier));
  if (!(Number.isSafeInteger(classifier.classes) && classifier.classes >= 2))
    throw wrong("classifier.classes", "a whole number from 2", String(classifier.classes));
  if (!(images?.pixels instanceof Uint8Array && Array.isArray(images.labels) && images.shape))
    throw wrong(
      "images",
      "an object with shape, pixels (a Uint8Array) and labels (an array)",
      String(images),
    );
  const unknown = Object.keys(options).find((key) => !Object.hasOwn(KNOWN, key));
  if (unknown !== undefined)
    throw new RelizoError(
      "OPTION",
      `universalAttack: unknown option ${JSON.stringify(unknown)}; the options are ${Object.keys(KNOWN).join(", ")}.`,
    );
}

const { isSafeInteger: isWhole } = Number;

function inRange(key: string, value: number, accepts: (value: number) => boolean, range: string): number {
  const finite = typeof value === "number" && (Number.isFinite(value) || key === "hold");
  if (finite && accepts(value)) return value;
  throw wrong(key, range, String(value));
}

function wrong(key: string, range: string, value: string): RelizoError {
  return new RelizoError("OPTION", `universalAttack: ${key} must be ${range}, got ${value}.`);
}
