/** `relizo minimize` over the parameters of a module, which move in place along seeded directions. */
import { open } from "node:fs/promises";
import { type Journal, minimizeRecordedInPlace } from "../../src/journal/index.ts";
import { writeSafetensors } from "../../src/parameters/index.ts";
import {
  type HostParameters,
  openKernels,
  type SeededOptions,
  type SharedObjective,
} from "../../src/run/kernels.ts";
import { natsShared, type SharedOptions } from "../../src/workers/node.ts";
import { arraysOf, lengthOf, named } from "../named-parameters.ts";
import { say } from "../text.ts";
import { type AskOptions, natsOf, policyOf } from "./ask.ts";
import type { Chosen } from "./method.ts";
import { type ReportOptions, report } from "./report.ts";
import { type Budgets, sitting } from "./sitting.ts";
import type { InPlaceStart } from "./start.ts";

export interface InPlaceOptions extends Budgets, ReportOptions, AskOptions {
  readonly directions?: SeededOptions["directions"];
  readonly rank?: number;
  readonly lazy?: number;
  readonly out?: string;
}

export async function minimizeInPlace(
  { parameters, objective }: InPlaceStart,
  { name, method, settings, seed }: Chosen,
  journal: Journal | undefined,
  options: InPlaceOptions,
): Promise<void> {
  const { directions, rank, lazy, out } = options;
  const kernels = await openKernels();
  const space = kernels.seeded({
    ...(directions !== undefined && { directions }),
    ...(rank !== undefined && { rank }),
    ...(lazy !== undefined && { lazy }),
  });
  const arrays = arraysOf(parameters);
  const d = lengthOf(parameters);
  const what = `${name}, ${directions ?? "rademacher"}, d = ${d}, seed ${seed}, ${kernels.backend}`;
  const shared = await sharedBy(options, { parameters, space, kernels });
  const { options: own, watched, reuse, end } = sitting(shared ? `${what}, nats` : what, options);
  const asked: SharedObjective<HostParameters> = shared ?? { objective, ask: (here) => here };
  try {
    const solution = await minimizeRecordedInPlace(
      { ...asked, ask: (here) => watched(asked.ask(here)) },
      parameters,
      {
        ...own,
        ...(journal && { journal }),
        space,
        method,
        settings,
        seed,
      },
    );
    end();
    const first = arrays.flatMap((array) => [...array.subarray(0, 8)]);
    report(solution, first, d, reuse(), options);
    if (out !== undefined) await save(out, parameters);
  } finally {
    end();
    await shared?.close();
    kernels.close();
  }
}

/** Workers behind a broker, where one is named. */
async function sharedBy(options: InPlaceOptions, own: Omit<SharedOptions, "policy" | "noticed">) {
  const where = natsOf(options, say);
  return where && natsShared(where, { ...own, policy: policyOf(options), noticed: say });
}

/** As safetensors. */
async function save(out: string, parameters: HostParameters): Promise<void> {
  const file = await open(out, "w");
  try {
    await writeSafetensors(file, named(parameters));
  } finally {
    await file.close();
  }
}
