/** The iterate x, held where the caller's parameters are: a method says how they move, never what they are. */
import type { Terms } from "./space.ts";

export interface Iterate<V> {
  /** parameters <- x + sum of c v. */
  place(terms: Terms<V>): void;
  /** parameters <- x, bit for bit. */
  restore(): void;
  /** x <- x + sum of c v, and the parameters with it; false, and x stays, where that is too far for their precision. */
  move(terms: Terms<V>): boolean;
  /** Whether someone else wrote to the parameters since the last `restore` or `move`; what they hold now is x then. */
  adopt(): boolean;
}
