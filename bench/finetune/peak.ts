/**
 * The largest memory of a process of its own that opens a model and only runs it, as the runtime does it alone, or fine-tunes it; the largest so far after each
 * phase. `node --import tsx bench/finetune/peak.ts '{"folder":"...","mode":"inference"}'`.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as ort from "onnxruntime-node";
import { finetune, promptTask, type Tuning } from "../../apps/finetune/index.ts";
import { fromHuggingFace, readModel } from "../../src/onnx/file/index.ts";
import type { OnnxModel } from "../../src/onnx/index.ts";
import { openNodeSession } from "../../src/onnx/session/node.ts";
import { supplied, texts } from "./models.ts";
import { tensors } from "./steps.ts";

export interface PeakCase {
  /** A Hugging Face folder, or one with a model.onnx. */
  readonly folder: string;
  readonly exported: boolean;
  readonly mode: "inference" | Tuning;
  /** Whether a copy of the parameters is kept. */
  readonly copy: boolean;
  /** Sentences a text. */
  readonly sentences: number;
}

/** Megabytes, after each phase and in the end. */
export type Peaks = Readonly<Record<string, number>>;

export function peakOf(one: PeakCase): Peaks {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), JSON.stringify(one)];
  const out = execFileSync(process.execPath, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(out);
}

async function measured({ folder, exported, mode, copy, sentences }: PeakCase): Promise<Peaks> {
  const peaks: Record<string, number> = {};
  const look = (phase: string): void => {
    const [, kib] = /VmHWM:\s*(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    peaks[phase] = Number(kib) / 1024;
  };
  const { tokenizer } = supplied();
  const examples = texts(128, sentences);
  look("start");
  const open = (model: OnnxModel) => openNodeSession(model, { threads: 1 });
  const task = (inputs: Parameters<typeof promptTask>[1]) =>
    promptTask(tokenizer, inputs, {
      template: "{sentence} It was",
      classes: ["0", "1"],
      words: ["terrible", "great"],
    });
  if (mode === "inference") {
    const session = await ort.InferenceSession.create(join(folder, "model.onnx"), { intraOpNumThreads: 1 });
    look("open");
    const made = task({ inputs: session.inputNames, maxLength: 64 });
    for (let i = 0; i < 8; i++)
      await session.run(tensors(session, made.encode(examples.slice(16 * i, 16 * i + 16))), ["logits"]);
  } else
    await finetune(
      exported ? await readModel(join(folder, "model.onnx")) : await fromHuggingFace(folder),
      { train: examples },
      {
        tune: mode,
        task,
        open: async (cut) => {
          const session = await open(cut);
          look("open");
          return session;
        },
        maxLength: 64,
        optimizer: "mezo",
        settings: { lr: 1e-9, radius: 1e-3 },
        maxSteps: 4,
        directions: { copy },
        onStep: () => look("step"),
      },
    );
  look("end");
  return peaks;
}

const given = process.argv[2];
if (process.argv[1] === fileURLToPath(import.meta.url) && given !== undefined)
  console.log(JSON.stringify(await measured(JSON.parse(given))));
