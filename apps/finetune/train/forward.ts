/** From a batch to the logits that its loss reads: one forward pass. */
import { RelizoError } from "../../../src/index.ts";
import type { Feeds, Session, Value } from "../../../src/onnx/index.ts";
import { list } from "../check.ts";
import { gatherRows } from "../task/rows.ts";
import type { Batch, Feed } from "../task/task.ts";

export interface ForwardOptions {
  /** The output that holds the logits. Default "logits". */
  readonly output?: string;
  /** The input that says which rows of logits are wanted, as `selectRows` made it; left out, they are taken out of all. */
  readonly rows?: string;
  /** Whether the output has one row an example, as a head with pooling gives it. Default false. */
  readonly pooled?: boolean;
}

/** @returns the logits of `batch.rows`, row after row; without rows all that the output holds */
export type Forward = (batch: Batch) => Promise<Float32Array>;

/**
 * What the model asks for beyond the batch is fed where it is known: `past_key_values.*` without a past.
 *
 * @throws RelizoError OPTION for a model without such an output, or with inputs that a task does not feed
 */
export function forward(
  session: Pick<Session, "inputs" | "outputs" | "run">,
  { output = "logits", rows, pooled = false }: ForwardOptions = {},
): Forward {
  if (!session.outputs.includes(output))
    throw new RelizoError(
      "OPTION",
      `the model has no output "${output}"; it has ${list(session.outputs)}. Say which one holds the logits.`,
    );
  const pasts = session.inputs.filter(({ name }) => name.startsWith("past_key_values"));
  return async (batch) => {
    const [first] = Object.values(batch.feeds);
    const sequences = first?.dims[0] ?? 0;
    const feeds: Record<string, Value> = {};
    for (const [name, feed] of Object.entries(batch.feeds)) feeds[name] = toValue(feed);
    for (const { name, shape } of pasts) feeds[name] = emptyPast(sequences, shape);
    const selects = rows !== undefined && batch.rows.length > 0;
    if (selects) feeds[rows] = { type: "int64", shape: [batch.rows.length / 2, 2], data: batch.rows };
    const found = await session.run(feeds satisfies Feeds, [output]);
    const logits = found[output]?.data;
    if (!(logits instanceof Float32Array))
      throw new RelizoError(
        "DATA",
        `the model's output "${output}" must be float32, got ${found[output]?.type}.`,
      );
    return batch.rows.length === 0 || selects || pooled ? logits : gatherRows(batch, logits);
  };
}

function toValue({ data, dims }: Feed): Value {
  return { type: data instanceof BigInt64Array ? "int64" : "float32", shape: dims, data };
}

/** [sequences, heads, 0, head size]. */
function emptyPast(sequences: number, shape: readonly (number | string)[]): Value {
  const whole = shape.map((n, i) => (i === 0 ? sequences : i === 2 ? 0 : typeof n === "number" ? n : 1));
  return { type: "float32", shape: whole, data: new Float32Array(0) };
}
