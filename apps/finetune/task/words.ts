/** Label words as tokens, and which logits tell how likely each of them is. */
import { RelizoError } from "../../../src/index.ts";
import { list, need, show } from "../check.ts";
import type { Tokenizer } from "../text/tokenizer.ts";

/** Which logits say how likely a word is: row r of an example's rows, at token t, for every token of the word. */
export type Reading = readonly { readonly row: number; readonly token: number }[];

export interface Plan {
  /** Tokens that follow the prompt in each sequence of an example (for masked models: as many masks). */
  readonly branches: readonly (readonly number[])[];
  /** The rows of an example: which branch, and how many tokens behind the prompt's last (behind the first mask). */
  readonly rows: readonly { readonly branch: number; readonly offset: number }[];
  /** One for each word. */
  readonly readings: readonly Reading[];
}

/**
 * Token numbers of a word as it follows a text.
 *
 * @param before  what stands before it, blank included; empty where nothing does
 * @throws RelizoError OPTION where the word melts into the text before it, or the vocabulary cannot spell it
 */
export function wordIds(
  where: string,
  tokenizer: Tokenizer,
  before: string,
  word: string,
): readonly number[] {
  const stem = before.trimEnd();
  const [start, whole] = [tokenizer.encode(stem), tokenizer.encode(`${before}${word}`)];
  const ids = whole.slice(start.length);
  need(
    word.trim() !== "" && ids.length > 0 && start.every((id, i) => id === whole[i]),
    "OPTION",
    `${where}: a label word must stay a word of its own behind ${show(before)}`,
    word,
  );
  const { unk } = tokenizer.special;
  need(
    unk === undefined || !ids.includes(unk),
    "OPTION",
    `${where}: the vocabulary must spell every label word`,
    word,
  );
  return ids;
}

/** One word for each class: by the class's name, or in the order of classes. */
export function wordsOf(
  where: string,
  classes: readonly string[],
  words: readonly string[] | Readonly<Record<string, string>>,
): readonly string[] {
  const entries: Readonly<Record<string, string>> = isList(words)
    ? Object.fromEntries(words.map((word, i) => [classes[i] ?? `class ${i}`, word]))
    : words;
  const given = Object.keys(entries);
  const alien = given.find((name) => !classes.includes(name));
  const lacking = classes.find((name) => !given.includes(name));
  if (alien !== undefined || lacking !== undefined)
    throw new RelizoError(
      "OPTION",
      `${where}: every class needs a label word; the classes are ${list(classes)}, and there are words for ${list(given)}.`,
    );
  return classes.map((name) => entries[name]!);
}

function isList(words: readonly string[] | Readonly<Record<string, string>>): words is readonly string[] {
  return Array.isArray(words);
}

/** @throws RelizoError OPTION where two classes have the same tokens */
export function refuseEqualWords(
  where: string,
  words: readonly string[],
  ids: readonly (readonly number[])[],
): void {
  const keys = ids.map((one) => one.join());
  const twice = keys.findIndex((key, i) => keys.indexOf(key) !== i);
  need(
    twice < 0,
    "OPTION",
    `${where}: label words must differ in their tokens; one and the same are ${list([words[keys.indexOf(keys[twice]!)] ?? ""])}`,
    words[twice],
  );
}

/**
 * Sequences for a model that reads from left to right: token j of a word is judged where the word's first j tokens stand, so
 * words that begin alike share a sequence, and words of one token need no sequence of their own.
 */
export function causalPlan(words: readonly (readonly number[])[]): Plan {
  const stems = words.map((word) => word.slice(0, -1));
  const covers = (long: readonly number[], short: readonly number[]): boolean =>
    short.every((id, i) => long[i] === id);
  const branches: (readonly number[])[] = [];
  for (const stem of [...stems].sort((a, b) => b.length - a.length))
    if (!branches.some((branch) => covers(branch, stem))) branches.push(stem);
  return planRows(words, branches, (word, offset) =>
    branches.findIndex((branch) => covers(branch, word.slice(0, offset))),
  );
}

/** Sequences for a masked model: one for every length of a word, with as many masks. */
export function maskedPlan(words: readonly (readonly number[])[], mask: number): Plan {
  const lengths = [...new Set(words.map(({ length }) => length))];
  const branches = lengths.map((length) => new Array<number>(length).fill(mask));
  return planRows(words, branches, (word) => lengths.indexOf(word.length));
}

function planRows(
  words: readonly (readonly number[])[],
  branches: Plan["branches"],
  branchOf: (word: readonly number[], offset: number) => number,
): Plan {
  const rows: { branch: number; offset: number }[] = [];
  const readings = words.map((word) =>
    word.map((token, offset) => {
      const branch = branchOf(word, offset);
      let row = rows.findIndex((known) => known.branch === branch && known.offset === offset);
      if (row < 0) row = rows.push({ branch, offset }) - 1;
      return { row, token };
    }),
  );
  return { branches, rows, readings };
}
