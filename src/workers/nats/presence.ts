/** Who is there to answer a run's tasks, as far as their hellos tell; in the log, who comes, who goes and where somebody is missed. */
import type { Hello, Refusal } from "./wire.ts";

export interface Presence {
  readonly workers: number;
  /** Tasks that they take at once, all together. */
  readonly slots: number;
  /** Notes who says hello; or says why not. */
  meet(hello: Hello): Refusal | undefined;
  /** To be called each second with how many tasks wait: who is silent is left out, and tasks that nobody is there for are a line. */
  count(waiting: number): void;
}

/** A worker that was silent for so long is no longer counted [ms]; it says hello every other second. */
const GONE = 7000;
/** Most workers of one run. */
const MOST_WORKERS = 4096;
/** A run with tasks and no worker says so after this long, and again after LONG [ms]. */
const ALONE = 3000;
const LONG = 60_000;

export function presence(run: string, log: (line: string) => void): Presence {
  const workers = new Map<string, { slots: number; seen: number }>();
  let alone = performance.now();
  let told = Number.NEGATIVE_INFINITY;
  return {
    get workers() {
      return workers.size;
    },
    get slots() {
      let slots = 0;
      for (const worker of workers.values()) slots += worker.slots;
      return slots;
    },
    meet({ worker, slots }) {
      const known = workers.get(worker);
      if (slots > 0 && !known && workers.size >= MOST_WORKERS) return "too many workers";
      if (slots === 0) workers.delete(worker);
      else workers.set(worker, { slots, seen: performance.now() });
      if (slots > 0 && !known) log(`nats: worker ${worker} comes, for ${slots} at once; ${there()} there.`);
      if (slots === 0 && known) log(`nats: worker ${worker} leaves; ${there()} there.`);
      return undefined;
    },
    count(waiting) {
      const now = performance.now();
      for (const [worker, { seen }] of workers) {
        if (now - seen < GONE) continue;
        workers.delete(worker);
        log(`nats: worker ${worker} is silent; ${there()} there.`);
      }
      if (workers.size > 0 || waiting === 0) {
        alone = now;
        told = Number.NEGATIVE_INFINITY;
      } else if (now - alone > ALONE && now - told > LONG) {
        told = now;
        log(`nats: ${waiting} tasks wait and no worker is there; relizo worker --run ${run} starts one.`);
      }
    },
  };

  function there(): string {
    return workers.size === 1 ? "1 worker is" : `${workers.size} workers are`;
  }
}
