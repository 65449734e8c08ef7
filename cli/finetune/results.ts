/** What a fine-tune leaves behind: weights, a merged model, the report, and the last words. */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { type Finetuned, figuresLine, finetuneSection, type Metrics } from "../../apps/finetune/index.ts";
import { saveAdapter, saveWeights } from "../../apps/finetune/node.ts";
import { saveSection, writePage } from "../../apps/report/page.ts";
import { RelizoError } from "../../src/index.ts";
import { writeModel } from "../../src/onnx/file/index.ts";
import { trainableInputs } from "../../src/onnx/index.ts";
import { writeSafetensors } from "../../src/parameters/index.ts";
import { ending } from "../ending.ts";
import { say, wrapped } from "../text.ts";
import type { Flags } from "./flags.ts";

export interface Told {
  readonly title: string;
  readonly metric: string;
  readonly settings: readonly (readonly [string, string])[];
  readonly test: { readonly before: Metrics; readonly after: Metrics } | undefined;
  readonly curve: Finetuned["curve"];
  readonly journal: string;
  /** config.json beside the model, and where the model is. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly base: string;
}

/** Writes what was trained, and the merged model and report; prints what came of it. */
export async function leave(result: Finetuned, told: Told, { out, merge, json }: Flags): Promise<void> {
  const { outcome, best, steps, queries, hashes, evaluations, parameters, kept } = result;
  const message = ending(result, told.journal);
  if (outcome === "aborted") process.exitCode = 130;
  else if (outcome === "failed") process.exitCode = 1;
  const weights = await save(result, told, out);
  const model = join(out, "model.onnx");
  if (merge) await writeModel(await result.merged(), model);
  await saveSection(out, finetuneSection({ ...told, message, evaluations, best }));
  const report = await writePage(out);
  const test = told.test?.after.figures;
  const files = { ...weights, ...(merge && { model }), report, journal: told.journal };
  if (json) {
    const { step, figures } = best ?? {};
    const line = {
      outcome,
      message,
      steps,
      queries,
      best: best && { step, figures },
      test,
      hash: hashes,
      files,
    };
    console.log(JSON.stringify(line));
    return;
  }
  const rows = [
    ["trained", `${parameters.size} numbers in ${parameters.names.length} tensors`],
    ["queries", `${queries} in ${steps} steps`],
    ["kept", kept === "best" && best ? `step ${best.step}: ${figuresLine(best)}` : "the last step"],
    ...(told.test
      ? [
          ["test before", figuresLine(told.test.before)],
          ["test after", figuresLine(told.test.after)],
        ]
      : []),
    ...Object.entries(files),
  ];
  console.log(
    ["", ...rows.map(([key, text]) => `${key!.padEnd(12)}${text}`), "", ...wrapped(message, 0)].join("\n"),
  );
}

/**
 * In the layout that others load: an adapter as PEFT saves it, or all weights as Hugging Face's classes call them. What has no name
 * there is written by its own.
 */
async function save(result: Finetuned, { config, base }: Told, out: string): Promise<Record<string, string>> {
  const { adapted, parameters, merged } = result;
  const named = Object.keys(config).length > 0 ? { config } : {};
  const isFull = trainableInputs(adapted).some(({ cut }) => cut === "expose");
  const [kind, folder] = isFull ? ["weights", join(out, "weights")] : ["adapter", join(out, "adapter")];
  try {
    if (isFull) await saveWeights(folder, await merged(), named);
    else saveAdapter(folder, { model: adapted, parameters }, { ...named, baseModel: base });
    return { [kind]: folder };
  } catch (error) {
    if (!(error instanceof RelizoError)) throw error;
    say(`${error.message} The weights are written by their own names.`);
    const path = join(out, "trained.safetensors");
    await saveOwn(path, result);
    return { weights: path };
  }
}

async function saveOwn(path: string, { parameters }: Finetuned): Promise<void> {
  const file = await open(path, "w");
  try {
    await writeSafetensors(file, parameters);
  } finally {
    await file.close();
  }
}
