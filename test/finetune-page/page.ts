/** What the test's page does: a fine-tune where it is told to run it, and its adapter as downloads. */
import * as ort from "onnxruntime-web/webgpu";
import { browserCheckpoint, encodeAdapter } from "../../apps/finetune/index.ts";
import { openBrowserJournal } from "../../src/journal/index.ts";
import type { OnnxModel, Session } from "../../src/onnx/index.ts";
import { openWebSession } from "../../src/onnx/session/web.ts";
import { cook, type Recipe } from "./recipe.ts";

export interface PageRecipe extends Recipe {
  readonly provider: "wasm" | "webgpu";
  /** A file of the origin's private file system, to begin or to go on with. */
  readonly journal?: string;
  /** Whether the adapter is downloaded in the end. */
  readonly download?: boolean;
}

export interface PageAnswer {
  readonly losses: readonly number[];
  /** Of the held-out set, by step. */
  readonly evaluations: readonly (readonly [step: number, loss: number])[];
  /** The loss of the evaluation whose parameters are kept. */
  readonly best: number;
  readonly kept: string;
  readonly steps: number;
  /** Times that parameters were bound in buffers of the device. */
  readonly uploads: number;
  /** Times that they were read back. */
  readonly downloads: number;
  readonly milliseconds: number;
}

async function bytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await fetch(path)).arrayBuffer());
}

function save(name: string, content: BlobPart): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content]));
  link.download = name;
  link.click();
}

async function run({ provider, journal: name, download, ...recipe }: PageRecipe): Promise<PageAnswer> {
  const began = performance.now();
  const ingredients = {
    model: await bytes("/data/model.onnx"),
    tokenizer: await bytes("/data/tokenizer.bin"),
  };
  let uploads = 0;
  let downloads = 0;
  const open = async (model: OnnxModel): Promise<Session> => {
    const session = await openWebSession(ort, model, { provider, wasmPaths: "/ort/" });
    const { bind } = session;
    session.bind = (parameters, uploaded) => {
      if (uploaded) {
        uploads++;
        const { download } = uploaded;
        uploaded.download = () => {
          downloads++;
          return download();
        };
      }
      bind(parameters, uploaded);
    };
    return session;
  };
  const journal = name === undefined ? undefined : await openBrowserJournal(name);
  try {
    const made = await cook(recipe, ingredients, {
      open,
      ...(journal && { journal, checkpoint: browserCheckpoint(`${name}.best`) }),
    });
    if (download) {
      const { config, weights } = encodeAdapter({ model: made.adapted, parameters: made.parameters });
      save("adapter_config.json", config);
      save("adapter_model.safetensors", weights);
    }
    const { losses, kept, steps } = made;
    const best = made.best?.figures.loss ?? Number.NaN;
    const evaluations = made.evaluations.map(
      ({ step, figures }) => [step, figures.loss ?? Number.NaN] as const,
    );
    return {
      losses,
      evaluations,
      best,
      kept,
      steps,
      uploads,
      downloads,
      milliseconds: performance.now() - began,
    };
  } finally {
    await journal?.close();
  }
}

Object.assign(globalThis, { run });
