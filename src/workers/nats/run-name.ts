/** One run of a name at a time: how a start of a run comes by its name on the broker. */
import { type NatsConnection, RequestError, TimeoutError } from "@nats-io/nats-core";
import { RelizoError } from "../../error.ts";
import { saidBy } from "./access.ts";
import type { Names } from "./names.ts";
import { NameTaken, type Queue } from "./queue.ts";
import { readAbout, writeHello } from "./wire.ts";

/**
 * The name is ours from here on, and the queue behind it empty: whatever an earlier run left there is removed.
 *
 * @throws RelizoError EVALUATOR where a run of this name is under way, or the broker refuses
 */
export async function takeName(
  nc: NatsConnection,
  { run, hello }: Names,
  queue: Queue,
  log: (line: string) => void,
): Promise<void> {
  const busy = (): RelizoError =>
    new RelizoError(
      "EVALUATOR",
      `nats: a run named ${run} is under way on this broker; end it, or give this one another name.`,
    );
  try {
    const { data } = await nc.request(hello, writeHello({ worker: "coordinator", slots: 0 }), {
      timeout: 1000,
    });
    if (typeof readAbout(data) !== "string") throw busy();
  } catch (error) {
    if (error instanceof TimeoutError)
      log(`nats: whoever coordinated ${run} before does not answer; its place is taken.`);
    else if (!(error instanceof RequestError && error.isNoResponders())) throw error;
  }
  await queue.destroy();
  try {
    await queue.ensure();
  } catch (cause) {
    if (cause instanceof NameTaken) throw busy();
    throw new RelizoError("EVALUATOR", `nats: the broker refused the queue of run ${run}: ${saidBy(cause)}`, {
      cause,
    });
  }
}
