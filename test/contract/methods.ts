/** Every method of the registry, and the variants of each whose path through the code differs. */
import {
  type Asked,
  createMethod,
  inverseSqrt,
  type Method,
  type MethodName,
  type MethodOptions,
  type MinimizeOptions,
  methodNames,
  minimize,
  type Solution,
  slopes,
} from "../../src/index.ts";

export interface Case {
  readonly label: string;
  readonly name: MethodName;
  /** Whether the seed decides where it looks. */
  readonly random: boolean;
  readonly make: () => Method;
  readonly solve: (f: Asked, x0: ArrayLike<number>, run?: MinimizeOptions) => Promise<Solution>;
}

/** Methods whose path no random number decides. */
const DETERMINISTIC: readonly MethodName[] = ["nelder-mead", "fd-lbfgs"];

function variant<N extends MethodName>(name: N, label: string, own: Partial<MethodOptions[N]>): Case {
  return {
    label: label === "" ? name : `${name}, ${label}`,
    name,
    random: !DETERMINISTIC.includes(name),
    make: () => createMethod(name, own),
    solve: (f, x0, run = {}) => minimize(f, x0, { method: createMethod(name, own), ...run }),
  };
}

/** Steps small enough for {@link bowl}, directions of size 0.01 so that rounding of values does not matter. */
const SMOOTH = { radius: 0.01, lr: 0.02, samples: 4 } as const;

const VARIANTS: readonly Case[] = [
  variant("relizo", "", { samples: 4 }),
  variant("relizo", "fixed step", { lineSearch: "none", samples: 4, lr: 0.02 }),
  variant("relizo", "fixed step with momentum", { lineSearch: "none", momentum: 0.5, lr: 0.02 }),
  variant("relizo", "orthogonal, momentum", { directions: "orthogonal", momentum: 0.5, samples: 4 }),
  variant("relizo", "the paper's reuse", { reuse: "samples", samples: 4 }),
  variant("relizo", "the paper's reuse, coordinate, all reused", {
    reuse: "samples",
    directions: "coordinate",
    maxReuse: 1,
    samples: 4,
  }),
  variant("relizo", "normalized", {
    lineSearch: "none",
    normalized: true,
    lr: 0.1,
    schedule: inverseSqrt(),
  }),
  variant("relizo", "slopes", { reuse: slopes(), samples: 4 }),
  variant("relizo", "slopes, fixed step", { reuse: slopes(), lineSearch: "none", lr: 0.02 }),
  variant("relizo", "secant", { reuse: "secant", samples: 3 }),
  variant("relizo", "orthogonal, as many as there are", { directions: "orthogonal", samples: 5 }),
  variant("relizo", "nothing reused", { reuse: "none", samples: 3 }),
  variant("zo-sgd", "", SMOOTH),
  variant("zo-sgd", "momentum", { ...SMOOTH, momentum: 0.5, directions: "rademacher" }),
  variant("zo-sign-sgd", "", SMOOTH),
  variant("zo-adamm", "", { ...SMOOTH, directions: "orthogonal" }),
  variant("zo-smd", "", SMOOTH),
  variant("zo-smd", "p = 1.5", { ...SMOOTH, p: 1.5 }),
  variant("prgf", "", SMOOTH),
  variant("mezo", "", { lr: 0.02, samples: 2 }),
  variant("random-search", "", {}),
  variant("random-search", "three tries", { samples: 3 }),
  variant("nelder-mead", "", {}),
  variant("fd-lbfgs", "", {}),
];

/** A method without a line above stands here with its defaults, so that none can be forgotten. */
export const CASES: readonly Case[] = [
  ...VARIANTS,
  ...methodNames
    .filter((name) => !VARIANTS.some((one) => one.name === name))
    .map((name) => variant(name, "", {})),
];

export const START: Float64Array = Float64Array.of(1, -0.5, 2, 0.25, -1);

/** Smooth, convex, badly enough scaled that no method ends at once; least at (1, 1, 1, 1, 1), value 0. */
export function bowl(x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (i + 1) * (x[i]! - 1) ** 2 + 0.1 * (x[i]! - 1) ** 4;
  return sum;
}

/** One turn: what was asked, and the state after it was answered. */
export interface Turn {
  readonly points: readonly Float64Array[];
  readonly values: readonly number[];
}

/** Runs a method by hand from a state, for so many answers. */
export function turns<S extends ReturnType<Method["init"]>>(
  method: Method<S>,
  from: S,
  count: number,
  f: (x: Float64Array) => number = bowl,
): { readonly state: S; readonly turns: readonly Turn[] } {
  let state = from;
  const made: Turn[] = [];
  for (let k = 0; k < count && !state.done; k++) {
    const points = method.ask(state);
    const values = points.map(f);
    made.push({ points, values });
    state = method.tell(state, points, values);
  }
  return { state, turns: made };
}
