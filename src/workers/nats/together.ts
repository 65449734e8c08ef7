/** Small messages that can wait a moment leave with what is said next: a write costs far more than the bytes in it. */
import type { NatsConnection } from "@nats-io/nats-core";

export interface Together {
  /** Said with what is said next, or after a moment. */
  add(subject: string, data: Uint8Array | string): void;
  /** Says now what waits: call it right before something else is said. */
  flush(): void;
}

/** @param longest  that a message may wait [ms] */
export function together(nc: NatsConnection, longest: number): Together {
  let waiting: (readonly [subject: string, data: Uint8Array | string])[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (!nc.isClosed()) for (const [subject, data] of waiting) nc.publish(subject, data);
    waiting = [];
  }
  return {
    add(subject, data) {
      waiting.push([subject, data]);
      timer ??= setTimeout(flush, longest);
    },
    flush,
  };
}
