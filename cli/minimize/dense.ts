/** `relizo minimize` from an x0 of few enough numbers to be sent around. */
import { writeFile } from "node:fs/promises";
import { type Journal, minimizeRecorded } from "../../src/journal/index.ts";
import type { Answering } from "./ask.ts";
import type { Chosen } from "./method.ts";
import { type ReportOptions, report } from "./report.ts";
import { type Budgets, sitting } from "./sitting.ts";
import type { DenseStart } from "./start.ts";

export async function minimizeDense(
  { x0, bounds }: DenseStart,
  { ask, name: who }: Answering,
  { name, method, settings, seed }: Chosen,
  journal: Journal | undefined,
  options: Budgets & ReportOptions & { readonly out?: string },
): Promise<void> {
  const {
    options: own,
    watched,
    reuse,
    end,
  } = sitting(`${name}, d = ${x0.length}, seed ${seed}, ${who}`, options);
  try {
    const solution = await minimizeRecorded(watched(ask), x0, {
      ...own,
      ...(journal && { journal }),
      ...(bounds && { bounds }),
      method,
      settings,
      seed,
    });
    const { x, queries, steps, outcome } = solution;
    const value = Number.isFinite(solution.value) ? solution.value : null;
    end();
    report(solution, x, x.length, reuse(), options);
    if (options.out !== undefined)
      await writeFile(options.out, `${JSON.stringify({ x: [...x], value, queries, steps, outcome })}\n`);
  } finally {
    end();
  }
}
