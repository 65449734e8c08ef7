/** What `relizo attack` shows: bars while it runs, then a table, the report and a sheet of pictures. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type AttackProgress,
  attackSection,
  attackSheet,
  bestRun,
  shortfalls,
  type UniversalResult,
} from "../apps/attack/index.ts";
import { saveSection, writePage } from "../apps/report/page.ts";
import { type ProgressBar, progressBar } from "./progress.ts";
import { columns } from "./text.ts";

export interface ReportFlags {
  readonly out: string;
  readonly json?: boolean;
}

/** One bar a method, with the success on all pictures as last looked at. */
export function attackBars(): { show(progress: AttackProgress): void; stop(): void } {
  let current: { readonly method: string; readonly bar: ProgressBar } | undefined;
  return {
    show({ method, queries, budget, look }) {
      if (current?.method !== method) {
        current?.bar.stop();
        current = { method, bar: progressBar(method.padEnd(13), budget) };
      }
      const note = look && `fooled ${percent(look.success)} %, l2 ${look.l2.toFixed(2)}`;
      current.bar.update(queries, note);
    },
    stop() {
      current?.bar.stop();
      current = undefined;
    },
  };
}

/** Saves the section, the page and the pictures below `out`, and prints the figures; without any, an earlier report stays. */
export async function reportAttack(
  result: UniversalResult,
  names: readonly string[],
  { out, json }: ReportFlags,
): Promise<void> {
  const best = bestRun(result.runs);
  if (!best) {
    for (const line of shortfalls(result)) console.error(line);
    return console.error("No method was run to an end; the report is as it was.");
  }
  await saveSection(out, attackSection(result, names));
  const page = await writePage(out);
  await writeFile(join(out, "attack.png"), attackSheet(result, best));
  const say = json ? console.error : console.log;
  console.log(json ? JSON.stringify(figures(result), undefined, 2) : `\n${table(result)}\n`);
  for (const line of shortfalls(result)) say(line);
  say(`Report with pictures: ${page}; the pictures alone: ${join(out, "attack.png")}`);
}

function table({ runs }: UniversalResult): string {
  return columns(
    ["method", "success %", "l2", "loss", "queries", "seconds", "lr"],
    runs.map(({ method, success, l2, loss, queries, seconds, options }) => [
      method,
      percent(success),
      l2.toFixed(2),
      loss.toFixed(2),
      String(queries),
      seconds.toFixed(0),
      typeof options.lr === "number" ? options.lr.toPrecision(2) : "-",
    ]),
  );
}

/** All but the pixels. */
function figures({ classifier, images, seen, setting, budget, runs, failures }: UniversalResult): object {
  return {
    model: classifier.name,
    pictures: images.labels.length,
    seen,
    setting,
    budget,
    runs: runs.map(({ delta, hold, ...run }) => ({
      ...run,
      hold: Number.isFinite(hold) ? hold : "all",
      d: delta.length,
    })),
    failures: failures.map(({ method, error }) => ({ method, error: error.message })),
  };
}

const percent = (part: number): string => (100 * part).toFixed(0);
