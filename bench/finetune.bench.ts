/**
 * What fine-tuning costs beside the forward passes it needs: time of a step over bare runs of the runtime on the same batches, in
 * processor time of one thread, and the largest memory of a process over one that only runs the model. `-- --small` leaves the model
 * of 91 million numbers out.
 */

import { machine } from "./compare.ts";
import { large, type Subject, supplied, texts } from "./finetune/models.ts";
import { peakOf } from "./finetune/peak.ts";
import { stepFigures } from "./finetune/steps.ts";

/** Most that a step may take over its passes, and a process over inference. */
const STEP = { full: 1.15, lora: 1.05, prompt: 1.05 } as const;
const MEMORY = 1.15;

/** Sentences a text: SST-2 as it is, and texts of about 64 tokens. */
const LENGTHS = [1, 6];

const short = (value: number): number => Number(value.toPrecision(4));
const held = (value: number, limit: number): string => `<= ${limit}: ${value <= limit ? "met" : "missed"}`;

async function printSteps(subject: Subject, sentences: number, steps: number): Promise<void> {
  const table: Record<string, Record<string, number | string>> = {};
  for (const tune of ["full", "lora", "prompt"] as const)
    for (const copy of tune === "full" ? [true, false] : [true]) {
      const { passes, tokens, step, base, overBase, overCut, overExported } = await stepFigures({
        subject,
        examples: texts(256, sentences),
        maxLength: 64,
        tune,
        copy,
        optimizer: "mezo",
        settings: { lr: 1e-9, radius: 1e-3 }, // it hardly moves: what is timed does not depend on where it is
        steps,
        threads: 1,
      });
      table[`${tune}${copy ? "" : ", no copy"}`] = {
        passes,
        "tokens a pass": Math.round(tokens),
        "step ms": short(step),
        "passes ms": short(base),
        "over passes": short(overBase),
        "over cut model": short(overCut),
        "over whole export": short(overExported),
        goal: held(overBase, STEP[tune]),
      };
    }
  console.log(
    `\n${subject.name}, batches of 16 texts of ${sentences} sentences: a step of mezo over its passes`,
  );
  console.table(table);
}

function printPeaks({ name, folder, exported }: Subject): void {
  const table: Record<string, Record<string, number | string>> = {};
  const peak = (mode: Parameters<typeof peakOf>[0]["mode"], copy: boolean): number =>
    peakOf({ folder, exported, mode, copy, sentences: 1 }).end!;
  const inference = peak("inference", true);
  for (const [title, mode, copy] of [
    ["full", "full", true],
    ["full, no copy", "full", false],
    ["lora", "lora", true],
  ] as const) {
    const megabytes = peak(mode, copy);
    table[title] = {
      MiB: Math.round(megabytes),
      "inference MiB": Math.round(inference),
      ratio: short(megabytes / inference),
      goal: held(megabytes / inference, MEMORY),
    };
  }
  console.log(`\n${name}: the largest memory of a process, Node and all`);
  console.table(table);
}

const subjects = process.argv.includes("--small") ? [supplied()] : [supplied(), await large()];
for (const subject of subjects) {
  printPeaks(subject);
  for (const sentences of LENGTHS) await printSteps(subject, sentences, subject.exported ? 30 : 8);
}
console.log(machine());
