/** A timer that keeps no process alive. */

/** Calls once after so many milliseconds; what it returns takes that back. */
export function later(milliseconds: number, call: () => void): () => void {
  const timer: unknown = setTimeout(call, milliseconds);
  if (isNodeTimer(timer)) timer.unref();
  return () => clearTimeout(timer as ReturnType<typeof setTimeout>);
}

/** Node's timers are objects, a browser's are numbers. */
function isNodeTimer(timer: unknown): timer is { unref(): void } {
  return typeof timer === "object" && timer !== null && "unref" in timer;
}
