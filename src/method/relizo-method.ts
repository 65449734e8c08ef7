/** ReLIZO over points. */
import { readOptions } from "../option.ts";
import { lastPoint, none, pastSamples } from "../reuse/points.ts";
import type { Reuse } from "../reuse/reuse.ts";
import type { Space } from "../space/space.ts";
import type { About } from "./about.ts";
import { type DenseState, inAnySpace } from "./in-dense.ts";
import type { Method } from "./method.ts";
import { type RelizoWalk, relizoWalk } from "./relizo.ts";
import { type RelizoOptions, relizoRules } from "./relizo-options.ts";
import type { RelizoState } from "./relizo-state.ts";

/** Linear interpolation from fresh and past queries, with a line search. */
export function relizo(options: Partial<RelizoOptions> = {}): Method<DenseState<RelizoState<Float64Array>>> {
  const read = readOptions("relizo", options, relizoRules);
  const { lr, schedule, directions: kind, radius: scale } = read;
  const walk = <V>(space: Space<V>): RelizoWalk<V> =>
    relizoWalk(space, {
      ...read,
      reuse: ruleOf(read),
      search: read.lineSearch,
      keepLast: read.momentum > 0,
      incrementalGram: true,
      reference: false,
      rate: (step) => lr * schedule(step),
      fresh(count, { seed, step }, kept) {
        return space.draw(count, { seed, step }, { kind, scale, against: kept });
      },
    });
  return inAnySpace<RelizoState<Float64Array>>("relizo", walk);
}

function ruleOf({ reuse, reuseWithin: within, reuseSteps: steps, maxReuse: part }: RelizoOptions): Reuse {
  if (typeof reuse === "object") return reuse;
  const samples = pastSamples({ within, steps, part, reference: false, published: false });
  return { none, secant: lastPoint, samples }[reuse];
}

export const aboutRelizo: About<RelizoOptions> = {
  name: "relizo",
  summary: "linear interpolation from fresh and past queries, with a line search",
  source: "Wang, Qin, Yang, Yan, ReLIZO, NeurIPS 2024, doi:10.52202/079017-0481",
  rules: relizoRules,
  help: {
    samples: "samples behind one estimate; at most d are used",
    radius: "smoothing radius: root mean square of a displacement's entries, in units of x",
    directions: "how fresh directions are drawn",
    lr: "learning rate: step length over gradient norm; with a line search, the first trial",
    schedule: "factor on lr by step",
    normalized: "the step has length lr whatever the gradient's norm",
    momentum: "weight of the last step direction (heavy ball)",
    lineSearch: "Armijo backtracking that also expands, or a fixed lr",
    reuse:
      "past queries that serve again: the point the last step came from, beside the samples; (the paper) the nearest past samples, in place of some; or past slopes and that point, in place of half",
    reuseWithin: "reuse samples closer than this, in units of x",
    reuseSteps: "reuse samples closer than this many lengths of the last step",
    maxReuse: "largest part of the samples that may be reused; one is always fresh",
  },
  create: relizo,
};
