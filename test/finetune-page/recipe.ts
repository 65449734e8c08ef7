/** One fine-tune, word for word the same in Node and in a page; who asks for it says where sessions run. */
import {
  createTokenizer,
  type Example,
  type Finetuned,
  type FinetuneOptions,
  finetune,
  type InputOptions,
  llama2cJson,
  promptTask,
  type Task,
} from "../../apps/finetune/index.ts";
import { parseModel } from "../../src/onnx/index.ts";

export interface Recipe {
  readonly tune: "lora" | "prompt";
  readonly optimizer: "mezo" | "relizo";
  readonly steps: number;
}

/** Files, as bytes: of a model, and of a tokenizer in llama2.c's format. */
export interface Ingredients {
  readonly model: Uint8Array<ArrayBuffer>;
  readonly tokenizer: Uint8Array<ArrayBuffer>;
}

export interface Cooked extends Finetuned {
  /** Of every query of this sitting, in order. */
  readonly losses: readonly number[];
}

export interface CookOptions extends Pick<FinetuneOptions<Example>, "open" | "journal" | "checkpoint"> {
  /** What becomes of a loss before the method is told of it. */
  readonly bend?: (loss: number, query: number) => number;
}

/** As many tokens in each, so that no pass has another shape. */
const SENTENCES = [
  ["the cat was happy", 1],
  ["the dog was happy", 1],
  ["the cat was big", 0],
  ["the dog was big", 0],
] as const;
export const examples: readonly Example[] = SENTENCES.map(([sentence, label]) => ({
  fields: { sentence },
  label,
}));

export function taskOf(tokenizer: Uint8Array<ArrayBuffer>, inputs: InputOptions): Task<Example, unknown> {
  return promptTask(createTokenizer(llama2cJson(tokenizer)), inputs, {
    template: "{sentence} It was",
    classes: ["0", "1"],
    words: ["little", "very"], // one token each: one sequence an example
  });
}

const SETTINGS = {
  lora: { mezo: { lr: 2e-4 }, relizo: { lr: 0.05 } },
  prompt: { mezo: { lr: 3e-2 }, relizo: { lr: 0.3 } },
} as const;

export async function cook(
  { tune, optimizer, steps }: Recipe,
  { model, tokenizer }: Ingredients,
  { bend = (loss) => loss, ...own }: CookOptions,
): Promise<Cooked> {
  const losses: number[] = [];
  const fixed = optimizer === "relizo" ? { samples: 4, lineSearch: "none" } : {};
  const fitted = await finetune(
    parseModel(model, "model.onnx"),
    { train: examples, validation: examples.slice(1, 3) },
    {
      ...own,
      tune,
      optimizer,
      settings: { radius: 1e-2, ...SETTINGS[tune][optimizer], ...fixed },
      rank: 2,
      tokens: 3,
      batchSize: 2,
      maxSteps: steps,
      evaluateEvery: 5,
      seed: 1,
      task(inputs) {
        const task = taskOf(tokenizer, inputs);
        return {
          ...task,
          loss(batch, logits) {
            const loss = bend(task.loss(batch, logits), losses.length);
            losses.push(loss);
            return loss;
          },
        };
      },
    },
  );
  return { ...fitted, losses };
}
