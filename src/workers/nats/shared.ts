/** A run over parameters that move in place, its queries answered by workers that hold the same parameters. Node only. */
import { askBy, type Policy } from "../../evaluate/policy.ts";
import { pack } from "../../point/packing.ts";
import type { HostParameters } from "../../run/device.ts";
import type { Kernels } from "../../run/kernels.ts";
import type { Seeded } from "../../run/seeded.ts";
import type { SharedObjective } from "../../run/seeded-minimize.ts";
import { connectBroker } from "./connect.ts";
import { type NatsOptions, natsEvaluator } from "./evaluator.ts";
import { frozenStamps } from "./replica-evaluator.ts";
import { publishUpdates } from "./updates.ts";

export interface SharedOptions {
  /** Of the run: what `minimize` is given. */
  readonly parameters: HostParameters;
  readonly space: Seeded;
  readonly kernels: Pick<Kernels, "seeds">;
  readonly policy?: Partial<Policy>;
  /** Told of every attempt that failed. */
  readonly noticed?: (message: string) => void;
}

export interface NatsShared extends SharedObjective {
  /** Bytes of all updates so far, and how many there are: they do not grow with the parameters. */
  readonly sent: { readonly bytes: number; readonly updates: number };
  close(): Promise<void>;
}

/**
 * Begins a run of this name on the broker, to be given to `minimize` in place of an objective; `relizo worker` answers it with a module that
 * exports the same `parameters`. Candidates and updates are seeds and coefficients, and a stamp of the parameters, and of what the method remembers, goes with every update.
 *
 * @throws RelizoError as `natsEvaluator` does
 */
export async function natsShared(
  options: NatsOptions,
  { parameters, space, kernels, policy, noticed }: SharedOptions,
): Promise<NatsShared> {
  const { servers, ca, cert, key, run } = options;
  const { pieces, dimension } = pack("natsShared", [{ parameters }], { lr: 1, weightDecay: 0 });
  const arrays = pieces.map(({ array }) => array).filter((array) => array instanceof Float32Array);
  const stamp = (vectors: readonly Float32Array[]): number[] =>
    [...arrays, ...vectors].map((array) => kernels.seeds.stamp(array));
  const evaluator = await natsEvaluator<unknown>(options);
  try {
    const nc = await connectBroker({ servers, ca, cert, key }, `relizo updates ${run}`);
    const kind = space.kind(parameters);
    const updates = await publishUpdates(nc, run, {
      kind,
      dimension,
      arrays,
      stamp,
      frozen: frozenStamps(parameters, kernels.seeds.stamp),
      log: options.log,
    });
    return {
      ask: () => updates.shared(askBy(evaluator, policy, noticed)),
      updated: updates.updated,
      get sent() {
        return { bytes: updates.bytes, updates: updates.count };
      },
      async close() {
        await evaluator.close();
        await updates.close().finally(() => nc.close());
      },
    };
  } catch (error) {
    await evaluator.close();
    throw error;
  }
}
