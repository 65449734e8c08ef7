/** What makes a run this run: the first record of its journal, and what is compared when it goes on. */
import { RelizoError } from "../error.ts";
import type { Reals } from "../kernel/kernels.ts";
import { relizo } from "../method/relizo-method.ts";
import { show } from "../option.ts";
import { boxOf } from "../point/bounds.ts";
import type { MinimizeOptions } from "../run/minimize.ts";
import { hashOf } from "./digest.ts";
import type { JournalHeader } from "./record.ts";
import { RELIZO_VERSION } from "./version.ts";

/**
 * @param start  x0, or all arrays of the parameters
 * @param space  "dense", or the kind of directions
 * @param settings  of the method, where they are known; undefined without a method: those of the default one
 */
export function headerOf(
  start: readonly Reals[],
  space: string,
  run: string,
  settings: JournalHeader["settings"] | undefined,
  { method, seed = 0, bounds }: Pick<MinimizeOptions, "method" | "seed" | "bounds">,
): JournalHeader {
  const dimension = start.reduce((sum, { length }) => sum + length, 0);
  const box = bounds && boxOf(bounds, dimension);
  return {
    run,
    method: (method ?? relizo()).name,
    settings: settings ?? (method ? null : {}),
    seed,
    dimension,
    space,
    start: hashOf(...start),
    bounds: box ? hashOf(box.lower, box.upper) : null,
    relizo: RELIZO_VERSION,
  };
}

/** What a header's fields are called in a message. */
const WORDS: Readonly<Record<Exclude<keyof JournalHeader, "relizo">, string>> = {
  run: "the run",
  method: "the method",
  settings: "the settings of the method",
  seed: "the seed",
  dimension: "the dimension",
  space: "the space",
  start: "the start (a hash of x0)",
  bounds: "the bounds (a hash)",
};

/** @throws RelizoError JOURNAL, with the first difference; versions may differ */
export function needSame(name: string, known: JournalHeader, asked: JournalHeader): void {
  for (const [key, words] of Object.entries(WORDS)) {
    if (!isField(key)) continue;
    const [its, ours] = [plain(known[key]), plain(asked[key])];
    if (its !== ours)
      throw new RelizoError(
        "JOURNAL",
        `${name} is of another run: ${words} is ${its} there and ${ours} here. Go on as it was begun, or take another journal.`,
      );
  }
}

function isField(key: string): key is keyof typeof WORDS {
  return Object.hasOwn(WORDS, key);
}

/** Fields in one order, so that equal settings are equal texts. */
function plain(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : typeof part === "number" && !Number.isFinite(part)
        ? String(part)
        : part,
  );
  return text ?? show(value);
}
