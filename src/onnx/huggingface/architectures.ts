/** The architectures that can be built, by `model_type` as config.json has it. */
import type { Architecture } from "./architecture.ts";
import { bert } from "./architectures/bert.ts";
import { gpt2 } from "./architectures/gpt2.ts";
import { llama, mistral, qwen2, qwen3 } from "./architectures/llama.ts";
import { opt } from "./architectures/opt.ts";
import { roberta } from "./architectures/roberta.ts";

export const ARCHITECTURES: ReadonlyMap<string, Architecture> = new Map([
  ["bert", bert],
  ["camembert", roberta],
  ["gpt2", gpt2],
  ["llama", llama],
  ["mistral", mistral],
  ["opt", opt],
  ["qwen2", qwen2],
  ["qwen3", qwen3],
  ["roberta", roberta],
  ["xlm-roberta", roberta],
]);
