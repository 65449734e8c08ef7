/** Tasks from the work queue, one for each place that is free: nothing is taken that could not be begun at once. */
import { createInbox, type Msg, type NatsConnection, nanos } from "@nats-io/nats-core";
import type { Names } from "./names.ts";
import { together } from "./together.ts";

/** A task as the broker hands it out; until it is done, others do not get it as long as `working` is said in time. */
export interface Delivery {
  readonly subject: string;
  readonly data: Uint8Array;
  /** The name of the message. */
  readonly id: string;
  /** How often it was handed out, this time included. */
  readonly count: number;
  /** It need not be handed out any more. */
  done(): void;
  working(): void;
  /** Somebody else should have it, after a while [ms]. */
  release(after: number): void;
}

export interface Puller {
  /** The next task; undefined once it is stopped. One call at a time. */
  next(): Promise<Delivery | undefined>;
  /** Pulls from this consumer from now on, and asks again in any case: what was asked before may be forgotten. */
  from(consumer: string): void;
  /** No further task is taken. */
  stop(): void;
  close(): void;
}

/** A request stands for so long [ms], and meanwhile the broker says that it does. */
const STANDS = 20_000;
const BEAT = 2000;
/** Without such a word for so long, it is taken for lost [ms]. */
const LOST = 5000;
/** How long it may take until the broker hears that a task is done, so that it hears it together with what comes next [ms]. */
const SOON = 20;
/** Before the next request where the broker had no queue of this run [ms]. */
const NONE = 500;

export function puller(nc: NatsConnection, { stream }: Names): Puller {
  const inbox = createInbox();
  const request = JSON.stringify({ batch: 1, expires: nanos(STANDS), idle_heartbeat: nanos(BEAT) });
  let consumer: string | undefined;
  let wanted: ((delivery: Delivery | undefined) => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const owed = together(nc, SOON);
  let stopped = false;
  const subscription = nc.subscribe(inbox, {
    callback(error, message) {
      if (error) return;
      const delivery = deliveryOf(message);
      if (!delivery) said(message);
      else if (wanted) wanted(delivery);
      else delivery.release(0); // a request that was thought lost was not
    },
  });

  function ask(): void {
    if (!wanted || consumer === undefined || nc.isClosed()) return;
    owed.flush();
    nc.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, request, { reply: inbox });
    later(LOST);
  }

  function later(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(ask, ms);
  }

  /** The broker about a request: it stands, its time is over, or there is no such queue now. */
  function said({ headers }: Msg): void {
    if (!wanted) return;
    if (headers?.code === 100) later(LOST);
    else if (headers?.code === 408) ask();
    else later(NONE);
  }

  function say(reply: string, word: string): void {
    if (!nc.isClosed()) nc.publish(reply, word);
  }

  /** A task stands behind a message that can be acknowledged; whatever else arrives is the broker's word about a request. */
  function deliveryOf({ subject, data, headers, reply = "" }: Msg): Delivery | undefined {
    const words = reply.split(".");
    if (words[0] !== "$JS" || words[1] !== "ACK") return undefined;
    return {
      subject,
      data,
      id: headers?.get("Nats-Msg-Id") ?? "",
      count: Number(words[words.length === 9 ? 4 : 6]), // newer brokers name their domain and account before the stream
      done: () => owed.add(reply, "+ACK"),
      working: () => say(reply, "+WPI"),
      release: (after) => say(reply, after > 0 ? `-NAK ${JSON.stringify({ delay: nanos(after) })}` : "-NAK"),
    };
  }

  return {
    next() {
      return new Promise((resolve) => {
        wanted = (delivery) => {
          wanted = undefined;
          clearTimeout(timer);
          resolve(delivery);
        };
        if (stopped) wanted(undefined);
        else ask();
      });
    },
    from(name) {
      consumer = name;
      ask();
    },
    stop() {
      stopped = true;
      wanted?.(undefined);
    },
    close() {
      owed.flush();
      subscription.unsubscribe();
    },
  };
}
