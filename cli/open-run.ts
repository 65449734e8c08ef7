/** The journal of a run that begins or goes on. */
import { openJournal } from "../src/journal/file/index.ts";
import type { Journal } from "../src/journal/index.ts";
import { wrong } from "./settings.ts";
import { say } from "./text.ts";

export interface OpenRunOptions {
  readonly resume?: boolean;
  readonly takeOver?: boolean;
}

/**
 * @param another  what gives a journal of another name
 * @throws RelizoError OPTION where the file holds a run and nobody said to go on with it
 */
export async function openRun(
  file: string,
  { resume, takeOver = false }: OpenRunOptions,
  another: string,
): Promise<Journal> {
  const journal = await openJournal(file, { takeOver, said: say });
  const { header, rounds } = journal;
  if (header && !resume) {
    await journal.close();
    throw wrong(
      `${file} holds a run of ${header.method} with ${rounds} rounds of queries; --resume goes on with it, ${another} begins another.`,
    );
  }
  if (resume)
    say(header ? `${file}: ${rounds} rounds are not asked again.` : `${file} holds no run yet: it begins.`);
  return journal;
}
