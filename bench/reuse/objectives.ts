/** What the forms of reuse are tried on: three deterministic objectives, and one on minibatches. */
import { uniforms } from "../../src/index.ts";
import { type Problem, problems } from "../../src/problem/index.ts";

export interface Task {
  readonly name: string;
  readonly start: readonly number[];
  /** f at x, on the minibatch that a step sees; without a step, on all data. */
  readonly value: (x: ArrayLike<number>, step?: number) => number;
  readonly minibatches: boolean;
}

/** sum of l_i x_i^2 / 2, l from 1 to 1e3 in equal ratios, from ones. */
function quadratic(d: number): Task {
  const curvature = Float64Array.from({ length: d }, (_, i) => 1000 ** (i / (d - 1)));
  return {
    name: `quadratic, condition 1e3 (${d})`,
    start: new Array<number>(d).fill(1),
    value: (x) => curvature.reduce((sum, c, i) => sum + (c * x[i]! * x[i]!) / 2, 0),
    minibatches: false,
  };
}

function published(name: string, d: number): Task {
  const problem: Problem = problems.find((one) => one.name === name)!;
  return {
    name: `${name} (${d})`,
    start: [...problem.start(d)],
    value: (x) => problem.value(Float64Array.from(x)),
    minibatches: false,
  };
}

/** Of logistic regression: as many of the examples in a minibatch. */
const BATCH = 64;

/** 2,000 examples of d features whose scales fall from 1 to 0.18, labels drawn from a linear model of norm about 2. */
function logistic(d: number): Task {
  const count = 2000;
  const normals = (row: number, length: number): Float64Array => {
    const [u, v] = [0, 1].map((half) => uniforms({ seed: 7, step: half }, row, length));
    return u!.map((ui, i) => Math.sqrt(-2 * Math.log(ui)) * Math.cos(2 * Math.PI * v![i]!));
  };
  const scales = Float64Array.from({ length: d }, (_, k) => 30 ** (-k / (d - 1) / 2));
  const model = normals(count, d).map((w, k) => (2 * w) / scales[k]! / Math.sqrt(d));
  const coins = uniforms({ seed: 7, step: 2 }, 0, count);
  const examples = Array.from({ length: count }, (_, row) => {
    const features = normals(row, d).map((z, k) => z * scales[k]!);
    const logit = features.reduce((sum, z, k) => sum + z * model[k]!, 0);
    const label = coins[row]! < 1 / (1 + Math.exp(-logit)) ? 1 : -1;
    return features.map((z) => z * label);
  });
  const loss = (x: ArrayLike<number>, some: readonly Float64Array[]): number => {
    let sum = 0;
    for (const example of some) {
      let margin = 0;
      for (let k = 0; k < d; k++) margin += example[k]! * x[k]!;
      sum += margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin;
    }
    let square = 0;
    for (let k = 0; k < d; k++) square += x[k]! * x[k]!;
    return sum / some.length + 5e-4 * square;
  };
  const batch = (step: number): Float64Array[] =>
    Array.from(uniforms({ seed: 8, step }, 0, BATCH), (u) => examples[Math.floor(u * count)]!);
  let last = { step: -1, examples: batch(0) };
  return {
    name: `logistic regression, batch ${BATCH} (${d})`,
    start: new Array<number>(d).fill(0),
    value(x, step) {
      if (step === undefined) return loss(x, examples);
      if (step !== last.step) last = { step, examples: batch(step) };
      return loss(x, last.examples);
    },
    minibatches: true,
  };
}

export const tasks: readonly Task[] = [
  quadratic(100),
  published("ARWHEAD", 100),
  published("BOXPOWER", 1000),
  logistic(100),
];
