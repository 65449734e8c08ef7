/** What went wrong, for programs; the message says it for people. */
export type ErrorCode =
  | "OPTION"
  | "SHAPE"
  | "COUNT"
  | "VALUE"
  | "STATE"
  | "BACKEND"
  | "DATA"
  | "EVALUATOR"
  | "JOURNAL";

/**
 * The only class this package throws, and only for the caller's mistakes: it is thrown at once, before a query is spent.
 * How a run ends is never an exception; see {@link Outcome}.
 */
export class RelizoError extends Error {
  override readonly name = "RelizoError";
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
