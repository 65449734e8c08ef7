/** Rows of logits: how wide they are, and how they are had where the graph was not cut to them. */
import { need } from "../check.ts";
import type { Batch, Feed } from "./task.ts";

/**
 * How wide each row of logits is.
 *
 * @param rows   rows there must be
 * @param token  the largest token number that is looked up in a row
 * @throws RelizoError SHAPE where the logits are no whole rows; DATA where rows are too short for the vocabulary
 */
export function rowWidth(where: string, logits: ArrayLike<number>, rows: number, token: number): number {
  const width = logits.length / rows;
  need(
    Number.isInteger(width) && width > 0,
    "SHAPE",
    `${where}: logits for ${rows} rows are needed, all of one width`,
    `${logits.length} numbers`,
  );
  need(
    width > token,
    "DATA",
    `${where}: the model's logits must cover the tokenizer's token ${token}; give the tokenizer that belongs to the model`,
    `${width} a row`,
  );
  return width;
}

/**
 * The rows the loss reads, out of the logits of all positions: for graphs that were not cut.
 *
 * @param all  sequences * length * width numbers
 * @returns rows * width numbers, a copy
 */
export function gatherRows(batch: Batch, all: Float32Array): Float32Array {
  const [sequences = 0, length = 0] = batch.feeds.input_ids?.dims ?? [];
  const width = all.length / (sequences * length);
  need(
    Number.isInteger(width) && width > 0,
    "SHAPE",
    `gatherRows: logits of ${sequences} x ${length} positions are needed`,
    `${all.length} numbers`,
  );
  const out = new Float32Array((batch.rows.length / 2) * width);
  for (let row = 0; 2 * row < batch.rows.length; row++) {
    const at = (Number(batch.rows[2 * row]) * length + Number(batch.rows[2 * row + 1])) * width;
    out.set(all.subarray(at, at + width), row * width);
  }
  return out;
}

/**
 * The batch once for each of several candidates that one run evaluates together: sequences of candidate c follow those of
 * candidate c - 1, and its placeholders are numbered after that one's. Logits come back candidate after candidate, each
 * part as `loss` takes it.
 */
export function stacked(batch: Batch, candidates: number): Pick<Batch, "feeds" | "rows"> {
  const feeds = Object.entries(batch.feeds).map(([name, feed]): [string, Feed] => {
    const repeated = repeat(feed, candidates);
    if (name === "input_ids") renumber(repeated, candidates, batch.front);
    return [name, repeated];
  });
  const [sequences = 0] = Object.values(batch.feeds)[0]?.dims ?? [];
  const each = batch.rows.length;
  const rows = new BigInt64Array(candidates * each);
  for (let c = 0; c < candidates; c++)
    for (let i = 0; i < each; i++)
      rows[c * each + i] = batch.rows[i]! + (i % 2 === 0 ? BigInt(c * sequences) : 0n);
  return { feeds: Object.fromEntries(feeds), rows };
}

function repeat({ data, dims }: Feed, times: number): Feed {
  const all =
    data instanceof BigInt64Array
      ? new BigInt64Array(times * data.length)
      : new Float32Array(times * data.length);
  for (let c = 0; c < times; c++)
    if (all instanceof BigInt64Array && data instanceof BigInt64Array) all.set(data, c * data.length);
    else if (all instanceof Float32Array && data instanceof Float32Array) all.set(data, c * data.length);
  return { data: all, dims: [times * dims[0]!, ...dims.slice(1)] };
}

function renumber({ data, dims }: Feed, candidates: number, front: number): void {
  if (!(data instanceof BigInt64Array)) return;
  const [sequences = 0, length = 0] = dims;
  const each = sequences / candidates;
  for (let s = 0; s < sequences; s++)
    for (let i = 0; i < front; i++) data[s * length + i]! += BigInt(Math.floor(s / each) * front);
}
