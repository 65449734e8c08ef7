/** Code written once for callers that answer at once and for callers that answer with a promise. */

import { has } from "../option.ts";

/** A value, or the promise of one. */
export type Either<T> = T | Promise<T>;

export function isPromise<T>(value: Either<T>): value is Promise<T> {
  return has(value, "then") && typeof value.then === "function";
}

/** Runs a routine that yields values or promises and is given them settled: at once as long as no promise comes. */
export function settle<A, R>(
  routine: Generator<Either<A>, R, A>,
  resume = (): IteratorResult<Either<A>, R> => routine.next(),
): Either<R> {
  let next = resume();
  while (!next.done) {
    const waiting = next.value;
    if (isPromise(waiting))
      return waiting.then(
        (value) => settle(routine, () => routine.next(value)),
        (reason: unknown) => settle(routine, () => routine.throw(reason)),
      );
    next = routine.next(waiting);
  }
  return next.value;
}
