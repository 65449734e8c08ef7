/**
 * A step of `mezo` over seeds, two queries, through the public `minimize`: in turn with MeZO as one writes it in PyTorch, which
 * draws its direction four times from one seed, and with three copies: two candidates and the update.
 */
import { mezo } from "../../src/index.ts";
import type { Kernels, SeedKind } from "../../src/run/kernels.ts";
import { copies } from "../bandwidth.ts";
import { type Stopwatch, timeInTurn } from "../compare.ts";
import { PAGES_KEPT, type Python, pythonWithTorch, startPython } from "../peers/python.ts";
import { weights } from "../weights.ts";
import { choose, type Maker } from "./patience.ts";
import { power } from "./plan.ts";
import type { Finding } from "./results.ts";
import { lookUp, nameOfWay, openBoth, WAYS, type Way } from "./step.ts";
import { FLOOR, goesOf, printTimes, shared } from "./tables.ts";

const BUDGET = 400;
const LIMIT = 10_000;
const COPIES = 3;
export const PYTORCH = ["PyTorch, as it runs", "PyTorch, pages kept"] as const;

/** The displacement of MeZO's own runs. */
const RADIUS = 1e-3;
const OURS = WAYS.filter(({ backend }) => backend === "wasm");

export async function measureMezo({ d }: { readonly d: number }): Promise<Finding> {
  const { wasm } = await openBoth();
  const makers: Record<string, Maker> = {};
  for (const way of OURS) {
    makers[nameOfWay(way)] = (size) => stopwatch(wasm, way, size);
    proveDescent(nameOfWay(way), await descent(wasm, way));
  }
  const away: Record<string, string> = {};
  for (const [name, environment] of [
    [PYTORCH[0], {}],
    [PYTORCH[1], PAGES_KEPT],
  ] as const) {
    if (pythonWithTorch() === undefined) {
      away[name] = "there is no Python with PyTorch here";
      continue;
    }
    const theirs = startPython("mezo_step.py", [], environment);
    makers[name] = (size) => (steps) => theirs.ask({ d: size, steps });
    proveDescent(name, await theirDescent(theirs));
  }
  const { watches, left } = await choose(makers, d, LIMIT);
  const floor = copies(new Float32Array(d).fill(1), weights(d), goesOf(d) * COPIES);
  const times = await timeInTurn({ [FLOOR]: floor, ...watches }, BUDGET);
  const finding = { times: shared(times, [FLOOR], d), left: { ...away, ...left } };
  printTimes(`A step of MeZO, one pair of queries, d = ${power(d)}; ${COPIES} copies`, finding, FLOOR);
  return finding;
}

/** One long run, which waits after each step until it is told to go on. */
function stopwatch(kernels: Kernels, { directions, copy }: Way, d: number): Stopwatch {
  let times: number[] = [];
  let wanted = 0;
  let from = 0;
  let full = (): void => {};
  let goOn: (() => void) | undefined;
  const start = (): void => {
    const method = mezo({ radius: RADIUS, directions, lr: 1e-12 });
    const onStep = (): Promise<void> | undefined => {
      times.push(performance.now() - from);
      from = performance.now();
      if (times.length < wanted) return undefined;
      full();
      return new Promise((resolve) => {
        goOn = resolve;
      });
    };
    const own = { method, maxQueries: Number.MAX_SAFE_INTEGER, onStep };
    goOn = (): void => void kernels.seeded({ directions, copy }).minimize(lookUp(), weights(d), own);
  };
  start();
  return (steps) =>
    new Promise((resolve) => {
      [times, wanted] = [[], steps];
      full = () => resolve(times);
      from = performance.now();
      goOn?.();
    });
}

/** A thousand steps down |x|^2 / 2 from where all is 1, at the rate that goes down fastest. */
const DESCENT = { d: 1000, steps: 1000, lr: 1e-3, radius: RADIUS } as const;

/** What is left of the value, as a part of what it was. */
async function descent(
  kernels: Kernels,
  { directions, copy }: { directions: SeedKind; copy: boolean },
): Promise<number> {
  const x = new Float32Array(DESCENT.d).fill(1);
  const half = (): number => x.reduce((sum, entry) => sum + entry ** 2, 0) / 2;
  const { radius, lr, steps } = DESCENT;
  await kernels
    .seeded({ directions, copy })
    .minimize(half, x, { method: mezo({ radius, directions, lr }), maxQueries: 2 * steps });
  return (2 * half()) / DESCENT.d;
}

async function theirDescent(theirs: Python): Promise<number> {
  const [left = Number.NaN] = await theirs.ask(DESCENT);
  return left;
}

/**
 * Random numbers differ, so what they do is compared with what two-point steps do on average: a step changes the value by
 * the factor 1 - c (2 - lr |z|^2) lr, c = <x, z>^2 / |x|^2 of mean 1 and variance 2, |z|^2 about d = 1 / lr, so its logarithm by -lr, with a
 * standard deviation of sqrt(2) lr. Five of the sum's are allowed.
 */
function proveDescent(name: string, left: number): void {
  const off = Math.abs(Math.log(left) + DESCENT.lr * DESCENT.steps);
  const allowed = 5 * Math.sqrt(2 * DESCENT.steps) * DESCENT.lr;
  if (!(off <= allowed))
    throw new Error(`${name}: ${left} of the value is left, e^-1 expected; the logarithm is ${off} off.`);
}
