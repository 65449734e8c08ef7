/** Proves that variants agree, then times them in turn: each round in another order, so that drift of the machine hits all. */
import { execFileSync } from "node:child_process";
import os from "node:os";

/** A result that can be compared: numbers in order. */
type Result = ArrayLike<number>;

/** One way to do the work: resolves to its numbers, which the clock waits for. */
export type Variant = () => Result | Promise<Result>;

/** Times `repeats` runs of one way to do the work: milliseconds of each. */
export type Stopwatch = (repeats: number) => readonly number[] | Promise<readonly number[]>;

export interface Comparison {
  /** The first is what the others are held to, and compared with. */
  readonly variants: Readonly<Record<string, Variant>>;
  /** Largest difference allowed, as a part of the largest number of the first variant's result. */
  readonly within: number;
  /** Floating-point operations of one run, to print their rate. */
  readonly flops?: number;
}

/** How long one run took, over all rounds [ms]. */
export interface Times {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly min: number;
  readonly runs: number;
}

/** Milliseconds spent on each variant, warming up not counted. */
const BUDGET = 1000;

/** Proves that the variants agree, times them and prints a table. */
export async function compare(title: string, { variants, within, flops }: Comparison): Promise<void> {
  const error = await agree(title, variants, within);
  const watches = Object.fromEntries(Object.entries(variants).map(([name, run]) => [name, clocked(run)]));
  const times = await timeInTurn(watches, BUDGET);
  console.log(
    `\n${title}: all agree, largest difference ${error.toExponential(1)} <= ${within.toExponential(1)}`,
  );
  const [first] = Object.values(times);
  console.table(
    Object.fromEntries(
      Object.entries(times).map(([name, t]) => [
        name,
        {
          ...row(t),
          "runs/s": Number((1e3 / t.median).toPrecision(3)),
          ...(flops !== undefined && { "Gflop/s": Number((flops / t.median / 1e6).toPrecision(3)) }),
          "x first": Number((t.median / first!.median).toPrecision(3)),
        },
      ]),
    ),
  );
}

/**
 * Runs each variant once.
 *
 * @returns the largest difference from the first variant, relative to its largest number
 * @throws Error where a difference exceeds `within`, or is not a number
 */
export async function agree(
  title: string,
  variants: Readonly<Record<string, Variant>>,
  within: number,
): Promise<number> {
  let first: Float64Array | undefined;
  let worst = 0;
  for (const [name, run] of Object.entries(variants)) {
    const result = Float64Array.from(await run());
    first ??= result;
    const error = deviation(result, first);
    if (!(error <= within))
      throw new Error(`${title}: ${name} differs by ${error} from the first variant; ${within} is allowed.`);
    worst = Math.max(worst, error);
  }
  return worst;
}

function deviation(result: Float64Array, first: Float64Array): number {
  if (result.length !== first.length) return Number.NaN;
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < first.length; i++) {
    largest = Math.max(largest, Math.abs(first[i]!));
    difference = Math.max(difference, Math.abs(result[i]! - first[i]!));
  }
  return difference === 0 ? 0 : difference / largest;
}

/** A stopwatch around a variant. */
export function clocked(run: () => unknown): Stopwatch {
  return async (repeats) => {
    const times: number[] = [];
    for (let i = 0; i < repeats; i++) {
      const from = performance.now();
      const result = run();
      if (result instanceof Promise) await result;
      times.push(performance.now() - from);
    }
    return times;
  };
}

/** Turns of each variant at least, whatever they take. */
const TURNS = 5;
/** Where a round of all takes so many milliseconds, there are no more turns than that; and fewer where it takes so many. */
const SLOW = { round: 1e3, more: 2e4, turns: 3 } as const;

/**
 * Warms every variant up, then gives each a turn a round, the first of one round being the last of the next.
 *
 * @param budget  milliseconds for each variant, or more where the least number of turns asks for it
 */
export async function timeInTurn(
  watches: Readonly<Record<string, Stopwatch>>,
  budget: number,
): Promise<Record<string, Times>> {
  const entries = await Promise.all(Object.entries(watches));
  const plans: Plan[] = [];
  for (const [name, watch] of entries) {
    const pilot = (await warm(watch, budget / 4)) || 1e-3;
    const repeats = Math.min(Math.ceil(20 / pilot), 10_000);
    plans.push({ name, watch, pilot, repeats, times: [], spent: 0 });
  }
  const aRound = plans.reduce((sum, { pilot, repeats }) => sum + pilot * repeats, 0);
  const turns = aRound < SLOW.more ? TURNS : SLOW.turns;
  if (aRound > SLOW.round)
    for (const plan of plans) plan.repeats = Math.max(plan.repeats, Math.ceil(budget / turns / plan.pilot));
  for (
    let round = 0;
    round < turns || (aRound <= SLOW.round && plans.some(({ spent }) => spent < budget));
    round++
  ) {
    for (const plan of plans) {
      const times = await plan.watch(plan.repeats);
      for (const time of times) {
        plan.times.push(time);
        plan.spent += time;
      }
    }
    plans.push(plans.shift()!);
  }
  const byName = new Map(plans.map((plan) => [plan.name, summary(plan.times)]));
  return Object.fromEntries(entries.map(([name]) => [name, byName.get(name)!]));
}

interface Plan {
  readonly name: string;
  readonly watch: Stopwatch;
  /** The shortest time of the warming up [ms]. */
  readonly pilot: number;
  /** Runs in one turn. */
  repeats: number;
  readonly times: number[];
  spent: number;
}

/** Runs for about so long, at least twice, but once where that took two seconds; the shortest time seen. */
async function warm(watch: Stopwatch, budget: number): Promise<number> {
  let shortest = Number.POSITIVE_INFINITY;
  for (let spent = 0, runs = 0; spent < budget || (runs < 2 && spent < 2000); runs++)
    for (const time of await watch(1)) {
      shortest = Math.min(shortest, time);
      spent += Math.max(time, 0.01);
    }
  return shortest;
}

function summary(times: readonly number[]): Times {
  const sorted = Float64Array.from(times).sort();
  const at = (part: number): number => sorted[Math.min(Math.floor(part * sorted.length), sorted.length - 1)]!;
  return { median: at(0.5), low: at(0.25), high: at(0.75), min: at(0), runs: sorted.length };
}

/** The times as a row of a table. */
export function row({ median, low, high, min, runs }: Times): Record<string, number> {
  const short = (time: number): number => Number(time.toPrecision(3));
  return {
    "median ms": short(median),
    "quartile 1": short(low),
    "quartile 3": short(high),
    min: short(min),
    runs,
  };
}

/** Where and of what the figures are: machine, runtime, commit, load. */
export function machine(): string {
  const load = os.loadavg().map((value) => value.toFixed(1));
  return [hardware(), `commit ${commit()}`, `load average ${load.join(" ")}`].join("; ");
}

/** What does not change between two runs: cores, memory, runtime. */
export function hardware(): string {
  const [cpu] = os.cpus();
  return [
    `${os.cpus().length} x ${cpu?.model.trim() ?? "unknown"}, ${os.arch()}, ${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    `Node ${process.versions.node}, V8 ${process.versions.v8}`,
  ].join("; ");
}

export function commit(): string {
  const git = (...args: readonly string[]): string =>
    execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    const changed = git("status", "--porcelain", "--untracked-files=no", "--", "src") !== "";
    return git("rev-parse", "--short", "HEAD") + (changed ? " with changes in src" : "");
  } catch {
    return "unknown";
  }
}
