/** Any objective over any session: what `minimize` asks, a forward pass answers. */
import type { Context } from "../../evaluate/evaluate.ts";
import type { Reals } from "../../kernel/kernels.ts";
import { need } from "../../option.ts";
import { unflatten } from "../../parameters/index.ts";
import type { Feeds, Session, Value } from "./session.ts";

/** Runs the model as the parameters stand. */
export type Run = (feeds: Feeds, outputs?: readonly string[]) => Promise<Readonly<Record<string, Value>>>;

/**
 * The loss of a minibatch, by as many forward passes as it takes.
 *
 * @param batch  names the minibatch: what `minimize`'s option `batch` gave for this step
 */
export type BatchLoss = (batch: number, run: Run, context: Context) => number | Promise<number>;

/**
 * A loss over the parameters bound to a session, as `minimize` takes it: with `session.parameters` and `space: kernels.seeded()` they
 * move in place; a point of d numbers is written into them first, tensor after tensor in the order of their names.
 *
 * @throws RelizoError SHAPE, when asked, for a point with another count of numbers than the bound tensors have; OPTION
 *   for a point where the parameters lie in buffers
 */
export function onnxObjective(
  session: Session,
  loss: BatchLoss,
): (x: unknown, context: Context) => Promise<number> {
  const run: Run = (feeds, outputs) => session.run(feeds, outputs);
  return async (x, context) => {
    if (isPoint(x)) write(session, x);
    return await loss(context.batch, run, context);
  };
}

function isPoint(x: unknown): x is Reals {
  return x instanceof Float64Array || x instanceof Float32Array;
}

/** Writes a point into the tensors that train, unless it is one of them. */
function write({ parameters, uploaded }: Session, x: Reals): void {
  need(
    uploaded === undefined,
    "OPTION",
    "onnxObjective: a point needs parameters in arrays; bind them without uploaded, or minimize with space: kernels.seeded()",
    "buffers",
  );
  const { arrays } = parameters;
  if (x instanceof Float32Array && arrays.some((array) => array.buffer === x.buffer)) return;
  unflatten(parameters, x);
}
