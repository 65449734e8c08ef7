/** The best settings of a full run as the text of `tuned.ts`. */
import type { Settings } from "./job.ts";
import type { PaperResults } from "./results.ts";
import { keyOf } from "./study.ts";
import type { Tuned } from "./tune.ts";

/** What was found now, and for all other cells and methods what was known before. */
export function merged(before: readonly Tuned[], { judged }: PaperResults): Tuned[] {
  const name = ({ cell, method }: Tuned): string => `${cell} ${method}`;
  const found = judged
    .filter(({ mean, origin }) => mean !== null && origin === "tuned")
    .map(({ cell, method, settings }): Tuned => ({ cell: keyOf(cell), method, settings }));
  const all = new Map([...before, ...found].map((one) => [name(one), one]));
  return [...all.values()].sort((a, b) => (name(a) < name(b) ? -1 : 1));
}

export function tunedModule(tuned: readonly Tuned[]): string {
  const lines = tuned.map(({ cell, method, settings }) => {
    const fields = [
      `cell: ${JSON.stringify(cell)}`,
      `method: ${JSON.stringify(method)}`,
      `settings: ${literal(settings)}`,
    ];
    return `  {\n    ${fields.join(",\n    ")},\n  },`;
  });
  return [
    "/** Written by `relizo bench paper --write-tuned apps/paper/tuned.ts`: the best settings that a full run found. */",
    'import type { Tuned } from "./tune.ts";',
    "",
    `export const tuned: readonly Tuned[] = [${lines.length > 0 ? `\n${lines.join("\n")}\n` : ""}];`,
    "",
  ].join("\n");
}

function literal(settings: Settings): string {
  const fields = Object.entries(settings).map(([key, value]) => `${key}: ${valueText(value)}`);
  return fields.length > 0 ? `{ ${fields.join(", ")} }` : "{}";
}

function valueText(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${key}: ${valueText(inner)}`)
    .join(", ")} }`;
}
