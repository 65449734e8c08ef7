/** What a run was begun with, beyond its method and start: a journal goes on only under the same. */
import { RelizoError } from "../../../src/index.ts";
import type { Journal, JournalNote } from "../../../src/journal/index.ts";
import type { Task } from "../task/task.ts";

/** By name, short texts. */
export type Identity = Readonly<Record<string, string>>;

const KIND = "finetune";

/** sha256 of the bytes, its first 16 digits in hex. */
export async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The digest of examples as the task encodes them: other data, tokenizer, template or labels give another. */
export async function digestOf<E>(task: Task<E, unknown>, examples: readonly E[]): Promise<string> {
  const parts = examples.flatMap((example) => {
    const { feeds, rows, targets } = task.encode([example]);
    const names = Object.keys(feeds).sort();
    return [...names.map((name) => feeds[name]!.data), rows, targets];
  });
  const all = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let begin = 0;
  for (const { buffer, byteOffset, byteLength } of parts) {
    all.set(new Uint8Array(buffer, byteOffset, byteLength), begin);
    begin += byteLength;
  }
  return digest(all);
}

/** What the run of a journal was begun with; undefined where it does not say. */
export function identityIn(notes: readonly JournalNote[]): Identity | undefined {
  const known = notes.find(({ kind }) => kind === KIND);
  return known && JSON.parse(known.text);
}

/** @throws RelizoError JOURNAL where the journal is of a run with something else: the message names what */
export function needSame(journal: Journal, identity: Identity): void {
  const before = identityIn(journal.notes);
  if (!before) return;
  for (const [name, value] of Object.entries(identity)) {
    if (before[name] === value) continue;
    throw new RelizoError(
      "JOURNAL",
      `${journal.name} is of a run with another ${name} (${before[name] ?? "none"}, here ${value}); give the same, or begin another journal.`,
    );
  }
}

/** Called after each step: the first one notes it, where no interruption can move it. */
export async function noteOnce(journal: Journal, identity: Identity): Promise<void> {
  if (!journal.header || journal.replaying || journal.notes.some(({ kind }) => kind === KIND)) return;
  await journal.note({ kind: KIND, text: JSON.stringify(identity) });
}
