/** Lets timers, signals and the screen have their turn while an objective computes in this thread. */

/** Between two breaths [ms]. */
const BREATH = 50;

/** To be awaited between queries: mostly it does nothing. */
export function breather(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < BREATH) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    last = performance.now();
  };
}
