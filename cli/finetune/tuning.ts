/** What trains, of the flags of `relizo finetune`. */
import type { FinetuneOptions, Tokenizer } from "../../apps/finetune/index.ts";
import { wrong } from "../settings.ts";
import type { Flags } from "./flags.ts";

/** @throws RelizoError OPTION for flags of another method */
export function tuning(
  flags: Flags,
  tokenizer: Tokenizer | undefined,
): Pick<
  FinetuneOptions<unknown>,
  "tune" | "weights" | "targets" | "rank" | "alpha" | "tokens" | "initIds" | "heads"
> {
  const { method: tune, weights, targets, rank, alpha, tokens, initText, heads } = flags;
  const learned = tune === "prompt" || tune === "prefix";
  const only = (flag: string, value: unknown, fits: boolean): void => {
    if (value !== undefined && !fits) throw wrong(`--${flag} does not go with --method ${tune}.`);
  };
  only("weights", weights, tune === "full");
  for (const [flag, value] of Object.entries({ targets, rank, alpha })) only(flag, value, tune === "lora");
  for (const [flag, value] of Object.entries({ tokens, "init-text": initText })) only(flag, value, learned);
  only("heads", heads, tune === "prefix");
  const initIds = initText === undefined ? undefined : idsOf(initText, tokens, tokenizer);
  return {
    tune,
    ...(weights && { weights }),
    ...(targets && { targets }),
    ...(rank !== undefined && { rank }),
    ...(alpha !== undefined && { alpha }),
    ...(tokens !== undefined && { tokens }),
    ...(initIds && { initIds }),
    ...(heads !== undefined && { heads: { heads } }),
  };
}

/** The text's tokens; over again, or the first of them, where another number is wanted. */
function idsOf(text: string, tokens: number | undefined, tokenizer: Tokenizer | undefined): number[] {
  if (!tokenizer) throw wrong("--init-text is for models of texts.");
  const ids = tokenizer.encode(text);
  if (ids.length === 0) throw wrong(`--init-text must have at least one token, got ${JSON.stringify(text)}.`);
  return Array.from({ length: tokens ?? ids.length }, (_, i) => ids[i % ids.length]!);
}
