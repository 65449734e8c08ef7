/** How much the broker takes in one message. */
import type { NatsConnection } from "@nats-io/nats-core";

/** Bytes of a message beside its data: subject and headers. */
const AROUND = 512;

/** Longest data of a message [bytes]. */
export function longestData(nc: NatsConnection): number {
  return (nc.info?.max_payload ?? 2 ** 20) - AROUND;
}
