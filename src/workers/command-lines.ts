/** Programs that stay: one line of JSON a task on stdin, one line an answer on stdout, in any order. */
import { RelizoError } from "../error.ts";
import type { Answer, Evaluator } from "../evaluate/policy.ts";
import type { Task } from "../evaluate/task.ts";
import { has } from "../option.ts";
import { closedError } from "./closed.ts";
import type { CommandOptions } from "./command.ts";
import { answerIn, read, textOf } from "./json-numbers.ts";
import { eachLine } from "./lines.ts";
import { type Program, startProgram } from "./program.ts";
import { turns } from "./turns.ts";

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** A program that may have tasks, by the id of each. */
interface Running {
  readonly program: Program;
  readonly tasks: Map<number, Waiting>;
}

/** A line of stdout longer than this is cut [characters], and no answer. */
const LONGEST_LINE = 1_000_000;
/** Time for a program to end by itself once its stdin or its stdout has ended [ms]. */
const FAREWELL = 1000;

/** One program for each place; one that has ended is started again when the next task comes. */
export function byLines({ command, processes, underWay, cwd, env, log }: CommandOptions): Evaluator {
  const places: (Running | undefined)[] = new Array(processes).fill(undefined);
  const taken: number[] = new Array(processes).fill(0);
  const leaving = new Set<Promise<unknown>>();
  const room = turns(processes * underWay);
  let ids = 0;
  let closed = false;

  function start(place: number): Running {
    const program = startProgram(command, cwd, { ...process.env, ...env }, log);
    const running: Running = { program, tasks: new Map() };
    places[place] = running;
    eachLine(program.stdout, LONGEST_LINE, (line) => take(running, line));
    const leave = (): void => {
      if (places[place] === running) places[place] = undefined;
    };
    let mute = false;
    program.stdout.once("end", () => {
      leave();
      const timer = setTimeout(() => {
        mute = true; // it lives, and no answer of it can be heard
        void program.end();
      }, FAREWELL);
      void program.ended.then(() => clearTimeout(timer));
    });
    const left = program.ended.then(({ how, lastWords }) => {
      leave();
      leaving.delete(left);
      const words = lastWords === "" ? "." : `; its last words: ${lastWords}`;
      const error = new RelizoError(
        "EVALUATOR",
        `${command}: ${mute ? "closed its stdout" : `ended with ${how}`} in the middle of its task${words}`,
      );
      for (const { reject } of running.tasks.values()) reject(error);
    });
    leaving.add(left);
    return running;
  }

  function take({ tasks }: Running, line: string): void {
    const said = read(line);
    const id = has(said, "id") ? Number(said.id) : Number.NaN;
    const waiting = tasks.get(id);
    if (!waiting) {
      if (line.trim() !== "")
        log(`${command}: stdout says what answers no task under way: ${line.slice(0, 200)}`);
      return;
    }
    tasks.delete(id);
    const answer = has(said, "error")
      ? answerIn(said)
      : has(said, "value")
        ? answerIn(said.value)
        : undefined;
    if (answer !== undefined) {
      waiting.resolve(answer);
      return;
    }
    const needed =
      'must be {"id": ..., "value": a number, or null where it failed} or {"id": ..., "error": a text}';
    waiting.reject(new RelizoError("VALUE", `${command}: an answer ${needed}, got ${line.slice(0, 200)}.`));
  }

  function ask({ program, tasks }: Running, { round, index, step, batch, candidate }: Task): Promise<Answer> {
    const id = ids++;
    return new Promise((resolve, reject) => {
      tasks.set(id, { resolve, reject });
      const rest = JSON.stringify({ id, round, index, step, batch }).slice(0, -1);
      program.stdin.write(`${rest},"x":${textOf(candidate)}}\n`);
    });
  }

  async function serve(tasks: readonly Task[], signal: AbortSignal): Promise<readonly Answer[]> {
    const place = taken.indexOf(Math.min(...taken));
    taken[place]!++;
    const running = places[place] ?? start(place);
    const halt = (): void => {
      if (places[place] === running) places[place] = undefined;
      void running.program.end();
    };
    signal.addEventListener("abort", halt);
    try {
      return await Promise.all(tasks.map((task) => ask(running, task)));
    } finally {
      taken[place]!--;
      signal.removeEventListener("abort", halt);
    }
  }

  return {
    name: command,
    capacity: processes * underWay,
    evaluate(tasks, signal) {
      if (closed) return Promise.reject(closedError(command));
      return room(() => serve(tasks, signal), signal);
    },
    async close() {
      closed = true;
      const timers = places.flatMap((running) => {
        running?.program.stdin.end();
        return running
          ? setTimeout(() => void running.program.end(), running.tasks.size > 0 ? 0 : FAREWELL)
          : [];
      });
      await Promise.all(leaving);
      timers.map(clearTimeout);
    },
  };
}
