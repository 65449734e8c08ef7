/** How much the broker takes in one message. */
import type { NatsConnection } from "@nats-io/nats-core";
import { RelizoError } from "../../error.ts";

/** Bytes of a message beside its data: subject and headers. */
const AROUND = 512;

/** Longest data of a message [bytes]. */
export function longestData(nc: NatsConnection): number {
  return (nc.info?.max_payload ?? 2 ** 20) - AROUND;
}

/** Throws RelizoError OPTION for a task of more bytes than the broker takes. */
export function checkLength(nc: NatsConnection, bytes: number): void {
  const most = longestData(nc);
  if (bytes <= most) return;
  throw new RelizoError(
    "OPTION",
    `nats: a task of ${bytes} bytes is more than the broker takes in one message, ${most} (max_payload). Points grow with the dimension, ` +
      "8 bytes a number: raise max_payload in the broker's configuration (64MB at most), or let the parameters move by seeds " +
      "(space: kernels.seeded()), whose messages do not grow.",
  );
}
