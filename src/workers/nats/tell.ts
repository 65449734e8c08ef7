/** What a worker has found, said until the coordinator has heard it: the broker or the coordinator may be away for a while. */
import { createInbox, type NatsConnection } from "@nats-io/nats-core";

export interface Teller {
  /** The answer to what was said; undefined where none came in time, or the signal aborted. */
  tell(subject: string, data: Uint8Array, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** The broker may have forgotten what was said: say it again. */
  again(): void;
  close(): void;
}

/** Between two tries, doubled each time up to LONGEST [ms]. */
const SOON = 250;
const LONGEST = 4000;
/** What nobody was there to hear is kept for so long [ms]. */
const KEPT = 60_000;

interface Untold {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly since: number;
  wait: number;
  next: number;
  end(answer: Uint8Array | undefined): void;
}

export function teller(nc: NatsConnection): Teller {
  const inbox = createInbox();
  const untold = new Map<string, Untold>();
  let serial = 0;
  const subscription = nc.subscribe(`${inbox}.*`, {
    callback(error, { subject, data, headers }) {
      if (error || headers?.code === 503) return; // nobody there: the next try may find somebody
      untold.get(subject)?.end(data);
    },
  });
  const timer = setInterval(() => {
    const now = performance.now();
    for (const [reply, one] of untold) {
      if (now - one.since > KEPT || nc.isClosed()) one.end(undefined);
      else if (now >= one.next) say(reply, one, now);
    }
  }, SOON);

  function say(reply: string, one: Untold, now: number): void {
    one.wait = Math.min(2 * one.wait, LONGEST);
    one.next = now + one.wait;
    if (!nc.isClosed()) nc.publish(one.subject, one.data, { reply });
  }

  return {
    tell(subject, data, signal) {
      return new Promise((resolve) => {
        const reply = `${inbox}.${serial++}`;
        const stop = (): void => end(undefined);
        const end = (answer: Uint8Array | undefined): void => {
          untold.delete(reply);
          signal.removeEventListener("abort", stop);
          resolve(answer);
        };
        signal.addEventListener("abort", stop);
        const since = performance.now();
        const one = { subject, data, since, wait: SOON, next: 0, end };
        untold.set(reply, one);
        if (signal.aborted) stop();
        else say(reply, one, since);
      });
    },
    again() {
      const now = performance.now();
      for (const [reply, one] of untold) say(reply, one, now);
    },
    close() {
      clearInterval(timer);
      for (const one of [...untold.values()]) one.end(undefined);
      subscription.unsubscribe();
    },
  };
}
