/** How a fine-tune has its questions answered: by one session, several candidates a pass where it is said so, or by a pool of sessions. */
import { onnxObjective, type Session } from "../../../src/onnx/index.ts";
import { type Parameters, unflatten } from "../../../src/parameters/index.ts";
import type { InPlaceObjective, SeededOptions, SharedObjective } from "../../../src/run/kernels.ts";
import { type Ask, askInline, type Policy } from "../../../src/workers/index.ts";
import { need } from "../check.ts";
import type { Batch } from "../task/task.ts";
import { askPool, askStack, inOrder, type Losses } from "./candidates.ts";
import { type Forward, type ForwardOptions, forward } from "./forward.ts";
import { isPool } from "./pool.ts";
import { Stack, type StackForm } from "./stack.ts";

export interface AnsweringOptions {
  readonly forward?: ForwardOptions;
  /**
   * Most candidates of a round in one forward pass, of a graph that takes several: losses are the same but for rounding, and
   * each is a query. Default 1.
   */
  readonly stack?: number;
  /** What trains, of one candidate, and how the graph takes several; the session is then bound here. Left out: what is bound takes one. */
  readonly stacked?: { readonly parameters: Parameters; readonly form: StackForm };
  /** Of a pool of sessions: how often a pass is tried whose session ended, and how long it may take. */
  readonly policy?: Partial<Policy>;
  /** Of a pool of sessions: told of every attempt that failed. */
  readonly noticed?: (message: string) => void;
  readonly directions?: Partial<SeededOptions>;
}

export interface Answering {
  /** A pass with the parameters as they stand between rounds. */
  readonly run: Forward;
  /** How many of those may be under way. */
  readonly lanes: number;
  /** For methods over seeds. */
  readonly objective: InPlaceObjective | SharedObjective;
  /** For the others, whose candidates are points. */
  readonly ask: Ask;
  /** To be told where parameters were written by others than a method over seeds. */
  readonly moved: () => void;
}

/**
 * @param over  whether candidates are sums of directions
 * @param losses  with `tell`, told of each query that was answered, and `failed`, told where a session of this thread cannot go on: such
 *   a query is no value that failed, but the end
 */
export function answering(
  session: Session,
  parameters: Parameters,
  over: boolean,
  options: AnsweringOptions,
  losses: Losses & {
    readonly tell: (number: number, batch: Batch, loss: number) => void;
    readonly failed: (error: unknown) => void;
  },
): Answering {
  const { stack = 1, stacked } = options;
  const { batchOf, loss, tell, failed } = losses;
  const told = <C>(ask: Ask<C>): Ask<C> =>
    inOrder(ask, ({ batch }, value) => tell(batch, batchOf(batch), value));
  if (isPool(session)) {
    session.seat({
      ...{ parameters, stack, form: stacked?.form },
      ...(over && { directions: options.directions ?? {} }),
    });
    const { inputs, outputs, updated } = session;
    const here = { inputs, outputs, run: session.passHere };
    return {
      run: forward(here, options.forward),
      lanes: session.sessions,
      objective: {
        ask: () => told(askPool(session, stack, options.forward, losses, options)),
        updated,
      },
      ask: told(askPool(session, stack, options.forward, losses, options)),
      moved: session.moved,
    };
  }
  if (!stacked) {
    need(stack === 1, "OPTION", "finetune: stack must be 1 for a graph that takes one candidate", stack);
    const run = telling(forward(session, options.forward), failed);
    const objective = onnxObjective(session, async (number) => {
      const batch = batchOf(number);
      const value = loss(batch, await run(batch));
      tell(number, batch, value);
      return value;
    });
    return { run, lanes: 1, objective, ask: askInline(objective), moved: () => {} };
  }
  const room = new Stack(session, parameters, stacked.form, stack);
  room.bind();
  const pass = telling(forward(session, options.forward), failed);
  return {
    async run(batch) {
      room.bind();
      return pass(batch);
    },
    lanes: 1,
    objective: {
      objective: () => 0, // its parameters stand: that is all that is wanted
      ask: (here) =>
        told(
          askStack(
            (task, { signal, began }) => here([task], { signal, began, answered() {} }),
            room,
            pass,
            losses,
          ),
        ),
    },
    ask: told(
      askStack(
        async ({ candidate }, { began }) => {
          began();
          unflatten(parameters, candidate);
        },
        room,
        pass,
        losses,
      ),
    ),
    moved: () => {},
  };
}

/** What it throws is told as well: methods take it for a value that failed. */
function telling(run: Forward, failed: (error: unknown) => void): Forward {
  return async (batch) => {
    try {
      return await run(batch);
    } catch (error) {
      failed(error);
      throw error;
    }
  };
}
