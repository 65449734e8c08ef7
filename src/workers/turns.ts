/** So many at once, and no more: the others wait for their turn. */

/** Does the work when there is room for it; rejects where the signal aborts before. */
export type Turns = <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>;

/** Room for `most` at once. */
export function turns(most: number): Turns {
  let free = most;
  const waiting: (() => void)[] = [];
  return async (work, signal) => {
    signal.throwIfAborted();
    if (free > 0) free--;
    else await place(waiting, signal);
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}

function place(waiting: (() => void)[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      waiting.splice(waiting.indexOf(go), 1);
      reject(signal.reason);
    };
    const go = (): void => {
      signal.removeEventListener("abort", leave);
      resolve();
    };
    waiting.push(go);
    signal.addEventListener("abort", leave, { once: true });
  });
}
