/** How a run ended, by the options of this program, and the call that goes on. */
/** What is known of a run that ended; outcomes of an application's own have their own message. */
export interface Ended {
  readonly outcome: string;
  readonly message: string;
  readonly queries: number;
  readonly steps: number;
}

/** @param journal  where the run is kept, if anywhere */
export function ending({ outcome, message, queries, steps }: Ended, journal: string | undefined): string {
  const words: Readonly<Record<string, readonly [said: string, more?: readonly [flag: string, to: number]]>> =
    {
      queries: ["The query budget ran out", ["--queries", 2 * Math.max(queries, 1)]],
      steps: ["The step budget ran out", ["--steps", 2 * Math.max(steps, 1)]],
      seconds: ["The time budget ran out"],
      aborted: ["The run was interrupted"],
    };
  const [said, more] = words[outcome] ?? [];
  if (said === undefined) return message;
  if (journal === undefined) return `${said}. With --journal FILE a run can be resumed.`;
  return `${said}. To go on: ${callOf(process.argv.slice(2), more)}`;
}

/** The call as it was, for a shell, with --resume and a larger budget. */
function callOf(args: readonly string[], [flag, to]: readonly [string?, number?] = []): string {
  const isBudget = (word: string | undefined): boolean => flag !== undefined && word === flag;
  const kept = args.filter(
    (word, i) =>
      !["--resume", "--take-over"].includes(word) &&
      !isBudget(word) &&
      !isBudget(args[i - 1]) &&
      !(flag !== undefined && word.startsWith(`${flag}=`)),
  );
  const quoted = (word: string): string =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
  return ["relizo", ...kept.map(quoted), ...(flag === undefined ? [] : [flag, to]), "--resume"].join(" ");
}
