/** The tasks of a run that wait for their answers: into the queue, however long the broker is away, and out of it again. */
import type { NatsConnection } from "@nats-io/nats-core";
import { RelizoError } from "../../error.ts";
import type { Answer } from "../../evaluate/policy.ts";
import type { Task } from "../../evaluate/task.ts";
import { saidBy } from "./access.ts";
import { answerOf, takeResult, type Waiting } from "./answers.ts";
import { messageId, type Names, type Place, taskSubject } from "./names.ts";
import { checkLength } from "./payload.ts";
import { NameTaken, type Queue } from "./queue.ts";
import { pause } from "./wait.ts";
import { digestOf, type Refusal, type Said, writeTask } from "./wire.ts";

export interface Asked<C> {
  /** How many tasks wait. */
  readonly count: number;
  /** Why nothing is asked any more. */
  readonly ended: RelizoError | undefined;
  /** The answers, in the order of the tasks. */
  evaluate(tasks: readonly Task<C>[], signal: AbortSignal): Promise<readonly Answer[]>;
  /** Takes an answer, once; or says why not. */
  take(place: Place, result: Uint8Array): Refusal | undefined;
  /** Makes the queue anew where the broker lost it; ends where another run has taken the name. */
  ensure(): Promise<void>;
  /**
   * What is in the queue and what is waited for are made to agree: a broker may have lost tasks, forgotten to hand one out, or kept
   * what was answered.
   *
   * @param settled  what was added since then may be on its way
   */
  sweep(settled: number): Promise<void>;
  /** Whatever waits fails, and whatever is asked from now on. */
  end(error: RelizoError): void;
}

export interface AskedOptions {
  readonly nc: NatsConnection;
  readonly names: Names;
  /** Names this start of the run. */
  readonly hash: string;
  readonly queue: Queue;
  /** Called right before a task is said. */
  readonly before: () => void;
  /** Told of messages whose tasks nobody waits for any more. */
  readonly withdrawn: (messages: readonly number[]) => void;
  readonly log: (line: string) => void;
}

/** Longest between two tries to put a task into the queue [ms]. */
const LONGEST = 2000;

/** In the queue, or on its way there. */
interface Open extends Waiting {
  readonly subject: string;
  readonly data: Uint8Array;
  /** The messages that bring it: one, or more where the broker lost it. */
  readonly messages: number[];
  /** When it was last known to be on its way to the queue, or in it. */
  added: number;
  fail(error: RelizoError): void;
}

export function asked<C>({ nc, names, hash, queue, before, withdrawn, log }: AskedOptions): Asked<C> {
  const open = new Map<string, Open>();
  const withdrawing = new Map<string, Promise<void>>();
  let leftovers: ReadonlySet<string> = new Set();
  let serial = 0;
  let ended: RelizoError | undefined;

  return {
    get count() {
      return open.size;
    },
    get ended() {
      return ended;
    },
    async evaluate(tasks, signal) {
      const stop = new Set<() => void>();
      const halt = (): void => {
        for (const one of [...stop]) one();
      };
      signal.addEventListener("abort", halt); // one for all: there may be many tasks
      try {
        return await Promise.all(tasks.map((task) => ask(task, signal, stop)));
      } finally {
        signal.removeEventListener("abort", halt);
        halt(); // where one failed, the others are given up
      }
    },
    take: (place, result) => takeResult(open, taskSubject(names, place), result),
    ensure,
    async sweep(settled) {
      if (open.size === 0 || nc.isClosed() || ended) return;
      try {
        const { subjects, idle } = await queue.state();
        for (const entry of [...open.values()]) {
          if (entry.added > settled || (subjects.has(entry.subject) && !idle)) continue;
          if (subjects.has(entry.subject)) await queue.remove(entry.subject);
          void publish(entry);
        }
        const left = [...subjects].filter((subject) => !open.has(subject) && !withdrawing.has(subject));
        for (const subject of left) if (leftovers.has(subject)) void remove(subject, Promise.resolve());
        leftovers = new Set(left);
      } catch {
        await ensure(); // and the next sweep sees to what is missing
      }
    },
    end,
  };

  async function ask(task: Task<C>, signal: AbortSignal, stop: Set<() => void>): Promise<Answer> {
    const subject = taskSubject(names, { ...task, hash });
    const data = writeTask(task);
    checkLength(nc, data.length);
    await withdrawing.get(subject);
    signal.throwIfAborted();
    if (ended) throw ended;
    if (open.has(subject))
      throw new RelizoError("STATE", `nats: task ${task.index} of round ${task.round} is asked already.`);
    const said = new Promise<Said>((resolve, reject) => {
      const finish = (): void => {
        open.delete(subject);
        stop.delete(abort);
      };
      const abort = (): void => {
        finish();
        withdraw(entry, published);
        reject(signal.aborted ? signal.reason : new Error("another task of the same call failed"));
      };
      const entry: Open = {
        subject,
        data,
        digest: digestOf(subject, data),
        messages: [],
        added: Number.POSITIVE_INFINITY,
        settle(said) {
          finish();
          resolve(said);
        },
        fail(error) {
          finish();
          reject(error);
        },
      };
      stop.add(abort);
      open.set(subject, entry);
      const published = publish(entry);
    });
    return answerOf("nats", await said);
  }

  /** Puts the task in the queue, however long the broker is away. */
  async function publish(entry: Open): Promise<void> {
    entry.added = Number.POSITIVE_INFINITY;
    let number = serial++; // the same for every try, so that one whose confirmation was lost is not added twice
    entry.messages.push(number);
    before();
    for (let tries = 1; open.get(entry.subject) === entry; tries++) {
      try {
        const became = await queue.add(entry.subject, entry.data, messageId(hash, number));
        if (became === "added" || tries > 1) {
          entry.added = performance.now();
          return;
        }
        if (became === "taken") await queue.remove(entry.subject); // by what was answered a moment ago
        number = serial++; // or its name was, by somebody else
        entry.messages.push(number);
        tries = 0;
      } catch (error) {
        if (nc.isClosed()) return;
        if (tries === 1) log(`nats: the broker did not take a task; it is sent again: ${saidBy(error)}`);
        await pause(Math.min(125 * 2 ** tries, LONGEST));
        await ensure();
      }
    }
  }

  /** Where the name was taken over, nothing that is asked now will ever be answered. */
  async function ensure(): Promise<void> {
    try {
      await queue.ensure();
    } catch (error) {
      if (error instanceof NameTaken)
        end(
          new RelizoError(
            "STATE",
            `nats: another run named ${names.run} has taken the place of this one on the broker.`,
          ),
        );
    }
  }

  function end(error: RelizoError): void {
    ended ??= error;
    for (const entry of [...open.values()]) entry.fail(ended);
  }

  /** Nobody waits for this task any more: it leaves the queue, and whoever works on it is told. */
  function withdraw({ subject, messages }: Open, published: Promise<void>): void {
    if (ended) return;
    withdrawn(messages);
    void remove(subject, published);
  }

  async function remove(subject: string, published: Promise<void>): Promise<void> {
    const gone = published
      .then(() => queue.remove(subject))
      .catch(() => {}) // a later sweep removes it
      .finally(() => withdrawing.delete(subject));
    withdrawing.set(subject, gone);
    await gone;
  }
}
