/** Queries answered by workers on any number of machines, which a NATS broker with JetStream stands between. Node only. */
import { RelizoError } from "../../error.ts";
import { saidBy } from "./access.ts";
import { type BrokerOptions, connectBroker } from "./connect.ts";
import { coordinate, type NatsEvaluator, type NatsRunOptions } from "./coordinate.ts";
import { namesOf } from "./names.ts";

export type NatsOptions = BrokerOptions & Pick<NatsRunOptions, "run"> & Partial<NatsRunOptions>;

/**
 * Begins a run of this name on the broker; `relizo worker` answers its queries, on as many machines as there are. Leave the policy's
 * timeout at Infinity: the wait for a worker counts, and one that falls silent is noticed after `ackWait`.
 *
 * @throws RelizoError OPTION for wrong options or an address that holds a secret; EVALUATOR where the broker cannot be reached, or a run of
 *   this name is under way
 */
export async function natsEvaluator<C = Float64Array>(options: NatsOptions): Promise<NatsEvaluator<C>> {
  const { servers, ca, cert, key, ...run } = options;
  namesOf(run.run);
  const nc = await connectBroker({ servers, ca, cert, key }, `relizo run ${run.run}`);
  try {
    return await coordinate<C>(nc, run);
  } catch (error) {
    await nc.close();
    if (error instanceof RelizoError) throw error;
    throw new RelizoError("EVALUATOR", `nats: the run could not begin: ${saidBy(error)}`, { cause: error });
  }
}
