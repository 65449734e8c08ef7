/** What a model is to be taught: how examples become inputs, and how its logits become one number to minimize. */

/** One tensor to feed. */
export interface Feed {
  readonly data: BigInt64Array | Float32Array;
  readonly dims: readonly number[];
}

/** Examples as tensors. */
export interface Batch {
  /** Examples in it. */
  readonly size: number;
  /** By input name; the first dimension counts sequences, of which an example may need several. */
  readonly feeds: Readonly<Record<string, Feed>>;
  /**
   * The logits the loss reads: (sequence, position) pairs, one after another, examples in order. Logits are then handed over as
   * so many rows; without any, as one row for every sequence.
   */
  readonly rows: BigInt64Array;
  /** How many of the rows belong to each example. */
  readonly rowCounts: Int32Array;
  /** What is right: the class of each example (-1 where it has none), or the token of each row. */
  readonly targets: Int32Array;
  /** Tokens fed that are no padding and no placeholder; 0 where there are none. */
  readonly tokens: number;
  /** Placeholder tokens at the front of every sequence. */
  readonly front: number;
}

/** A task of examples `E`, whose predictions are `P`. */
export interface Task<E, P> {
  readonly name: string;
  /** Names of the classes; none where nothing is classified. */
  readonly classes: readonly string[];
  /** The figure of a tally by which checkpoints are compared. */
  readonly goal: { readonly metric: string; readonly largest: boolean };
  /** @throws RelizoError for an example that cannot be encoded, before any query is spent */
  encode(examples: readonly E[]): Batch;
  /**
   * The number to minimize; NaN where a logit it needs is.
   *
   * @param logits  one row for each of `batch.rows`, row after row
   * @throws RelizoError SHAPE or DATA where the logits do not fit the batch or the vocabulary
   */
  loss(batch: Batch, logits: Float32Array): number;
  /** One prediction an example. */
  predict(batch: Batch, logits: Float32Array): P[];
  /** Counts over as many batches as are added. */
  tally(): Tally;
}

/** Figures over all examples of a held-out set, batch by batch. */
export interface Tally {
  add(batch: Batch, logits: Float32Array): void;
  /** Figures by name: `examples`, `loss`, and what the task measures. */
  result(): Metrics;
}

export interface Metrics {
  readonly figures: Readonly<Record<string, number>>;
  /** Counts class by class; none where nothing is classified. */
  readonly classes: readonly ClassFigures[];
}

export interface ClassFigures {
  readonly name: string;
  /** Examples of this class. */
  readonly support: number;
  /** Examples taken for it. */
  readonly predicted: number;
  /** Examples of it taken for it. */
  readonly right: number;
  readonly f1: number;
}
