/** One program a query: x in a file, the value in the last line of stdout. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RelizoError } from "../error.ts";
import type { Answer, Evaluator } from "../evaluate/policy.ts";
import type { Task } from "../evaluate/task.ts";
import { closedError } from "./closed.ts";
import type { CommandOptions } from "./command.ts";
import { textOf } from "./json-numbers.ts";
import { eachLine } from "./lines.ts";
import { type Ending, type Program, startProgram } from "./program.ts";
import { turns } from "./turns.ts";

/** A line of stdout longer than this is cut [characters], and no value. */
const LONGEST_LINE = 10_000;

/** At most `processes` at once; the tasks of one call come one after the other. */
export function byFiles({ command, processes, cwd, env, log }: CommandOptions): Evaluator {
  const working = new Set<Promise<unknown>>();
  const programs = new Set<Program>();
  const room = turns(processes);
  let closed = false;

  async function ask(task: Task, signal: AbortSignal): Promise<Answer> {
    const folder = await mkdtemp(join(tmpdir(), "relizo-x-"));
    try {
      const path = join(folder, "x.json");
      await writeFile(path, textOf(task.candidate));
      signal.throwIfAborted();
      return await run(command.replaceAll("{x}", quoted(path)), task, signal);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async function run(
    line: string,
    { round, index, step, batch }: Task,
    signal: AbortSignal,
  ): Promise<Answer> {
    const names = { RELIZO_ROUND: round, RELIZO_INDEX: index, RELIZO_STEP: step, RELIZO_BATCH: batch };
    const task = Object.fromEntries(Object.entries(names).map(([name, value]) => [name, String(value)]));
    const program = startProgram(line, cwd, { ...process.env, ...env, ...task }, log);
    const halt = (): void => void program.end();
    signal.addEventListener("abort", halt);
    programs.add(program);
    let last = "";
    eachLine(program.stdout, LONGEST_LINE, (text) => {
      if (text.trim() !== "") last = text.trim();
    });
    try {
      program.stdin.end();
      const ending = await program.ended;
      return answerOf(command, ending, last);
    } finally {
      programs.delete(program);
      signal.removeEventListener("abort", halt);
    }
  }

  async function serve(tasks: readonly Task[], signal: AbortSignal): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    for (const task of tasks) {
      signal.throwIfAborted();
      if (closed) throw closedError(command);
      answers.push(await ask(task, signal));
    }
    return answers;
  }

  return {
    name: command,
    capacity: processes,
    evaluate(tasks, signal) {
      const work = room(() => serve(tasks, signal), signal);
      const settled: Promise<unknown> = work.then(
        () => working.delete(settled),
        () => working.delete(settled),
      );
      working.add(settled);
      return work;
    },
    async close() {
      closed = true;
      for (const program of programs) void program.end();
      await Promise.all(working);
    },
  };
}

/** The shell says 126 and 127 where it could not start a program, and 128 and the number where one was ended by a signal. */
const NEVER_ANSWERED = [126, 128 + 64] as const;

function answerOf(command: string, { code, how, lastWords }: Ending, last: string): Answer {
  const words = lastWords === "" ? "" : `: ${lastWords}`;
  if (code === null || (code >= NEVER_ANSWERED[0] && code <= NEVER_ANSWERED[1]))
    throw new RelizoError("EVALUATOR", `${command}: gave no answer, ${how}${words}`);
  if (code !== 0) return { error: `${how}${words}` };
  const value = numberIn(last);
  if (value !== undefined) return value;
  throw new RelizoError(
    "VALUE",
    `${command}: the last line of its stdout must be a number, or nan where it failed, got ${JSON.stringify(last.slice(0, 200))}.`,
  );
}

/** As JSON, Python and C write them. */
function numberIn(text: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  if (/^([+-]?nan|null|none)$/i.test(text)) return Number.NaN;
  const infinite = /^([+-]?)inf(inity)?$/i.exec(text);
  return infinite ? Number(`${infinite[1]}Infinity`) : undefined;
}

/** As it is where a shell takes it so. */
function quoted(path: string): string {
  return /^[\w/.:\\-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
