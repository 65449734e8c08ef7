import { inDense } from "./in-dense.ts";
import { type Registered, register } from "./registry.ts";
import { type RelizoOptions, relizoRules, relizoWalk } from "./relizo.ts";

/** ReLIZO over points. */
export const relizo: Registered<RelizoOptions> = register({
  name: "relizo",
  summary: "linear interpolation from fresh and past queries, with a line search",
  source: "Wang, Qin, Yang, Yan, ReLIZO, NeurIPS 2024, doi:10.52202/079017-0481",
  rules: relizoRules,
  create: (options, box) => inDense("relizo", (space) => relizoWalk(space, options), box),
});
